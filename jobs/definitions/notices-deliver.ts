import { defineJob, type Job } from '#jobs/agenda.ts';
import type { Notify } from '#lib/server/notify/start.ts';

/** What a change has not woken anybody for: what is due again, and what a process left behind. */
export function noticesDeliver(notify: Notify): Job {
	return defineJob({ name: 'notices-deliver', every: '5 seconds', run: () => notify.deliver() });
}
