import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Context } from '#lib/server/context.ts';

/** Something that is done again and again, by one process at a time. */
export type Job = {
	/** Also the key of its document: Agenda keeps one a name. */
	name: string;
	/** How often, as Agenda reads it: `5 seconds`. */
	every: string;
	run: (context: Context) => Promise<unknown>;
};

/** A name, a rhythm, one call. The call must bear being made twice: a lock expires when its process is killed. */
export function defineJob(job: Job): Job {
	return job;
}

/** How long a killed process keeps others from its job. */
const lockLifetime = 10_000;

/** Begins to run the jobs, sharing them with every other process of this database; returns what ends that. */
export async function startJobs(context: Context, jobs: readonly Job[]): Promise<() => Promise<void>> {
	const { db, log } = context;
	const agenda = new Agenda({
		backend: new MongoBackend({ mongo: db.getClient().db(db.name), collection: 'jobs' }),
		processEvery: 1000,
		defaultLockLifetime: lockLifetime
	});
	agenda.on('error', (error) => log.error({ err: error }, 'jobs cannot be looked up'));
	agenda.on('fail', (error: Error | string, job: { attrs?: { name: string } }) =>
		log.error({ err: error, job: job.attrs?.name }, 'a job failed')
	);
	for (const { name, run } of jobs) agenda.define(name, () => run(context));
	await agenda.start();
	for (const { name, every } of jobs) await agenda.every(every, name);
	return async () => {
		await agenda.drain({ timeout: 5000 });
		await agenda.stop(false);
	};
}
