import { defineJob } from '#jobs/agenda.ts';
import { keep } from '#lib/server/keeper/keep.ts';

export default defineJob({ name: 'chain-keep', every: '5 seconds', run: (context) => keep(context) });
