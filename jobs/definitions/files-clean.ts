import { defineJob, type Job } from '#jobs/agenda.ts';
import { cleanFiles } from '#lib/server/services/files.ts';

/** One job a folder, like its neighbour: each machine cleans its own. */
export function filesClean(home: string): Job {
	return defineJob({ name: `files-clean:${home}`, every: '10 minutes', run: (context) => cleanFiles(context) });
}
