import { defineJob } from '#jobs/agenda.ts';
import { tellOfDuties } from '#lib/server/services/tell-of-duties.ts';

export default defineJob({ name: 'duties-tell', every: '1 minute', run: (context) => tellOfDuties(context) });
