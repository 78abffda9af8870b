import { defineJob } from '#jobs/agenda.ts';
import { executeTimeouts } from '#lib/server/keeper/timeouts.ts';

export default defineJob({ name: 'order-timeouts', every: '1 minute', run: (context) => executeTimeouts(context) });
