import { defineJob } from '#jobs/agenda.ts';
import { tellOfListed } from '#lib/server/services/tell-of-listed.ts';

export default defineJob({ name: 'listed-tell', every: '3 seconds', run: (context) => tellOfListed(context) });
