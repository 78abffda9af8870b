import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { forgetMarketFields } from './0001-forget-market-fields.ts';
import { creditsOfThePool } from './0002-credits-of-the-pool.ts';
import { readersOfCases } from './0003-readers-of-cases.ts';

/**
 * One step of the schema's history. `run` may be stopped anywhere and started again, and by two processes at once: it
 * finds what is still to be done by looking, not by remembering.
 */
export type Migration = { name: string; run: (connection: Connection) => Promise<void> };

/** Oldest first; a name is never used twice and never changes: `0001-what-it-does`, in a file of the same name. */
const migrations: readonly Migration[] = [forgetMarketFields, creditsOfThePool, readersOfCases];

/** Runs the migrations that this database has not finished yet, in order. A failure stops the start. */
export async function runMigrations(connection: Connection, log: Logger, all = migrations): Promise<void> {
	const done = connection.collection<{ _id: string; finishedAt: Date }>('migrations');
	for (const { name, run } of all) {
		if (await done.findOne({ _id: name })) continue;
		const started = performance.now();
		await run(connection);
		await done.updateOne({ _id: name }, { $setOnInsert: { finishedAt: new Date() } }, { upsert: true });
		log.info({ migration: name, ms: Math.round(performance.now() - started) }, 'migrated');
	}
}
