import { defineJob, type Job } from '#jobs/agenda.ts';
import { forwardFiles } from '#lib/server/services/files.ts';

/** One job a folder: what waits in it can be sent by its own machine alone. */
export function filesForward(home: string): Job {
	return defineJob({ name: `files-forward:${home}`, every: '5 seconds', run: (context) => forwardFiles(context) });
}
