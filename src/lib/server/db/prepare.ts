import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { runMigrations } from '#lib/server/db/migrations/run.ts';
import type { Models } from '#lib/server/db/models.ts';
import { transactionMarkers } from '#lib/server/db/transaction.ts';

const namespaceExists = 48;

/** Collections that no model of ours describes: Agenda's, and the marks that close a transaction's group of changes. */
const withoutModel = ['jobs', transactionMarkers];

/**
 * Brings the database to what the models say: collections that keep pre- and post-images for the change streams,
 * indexes, migrations. Idempotent; several processes may do it at once. Says how long each index took to be there.
 */
export async function prepareDatabase(connection: Connection, models: Models, log: Logger): Promise<void> {
	const database = connection.getClient().db(connection.name);
	const present = await database.listCollections<{
		name: string;
		options?: { changeStreamPreAndPostImages?: unknown };
	}>();
	const existing = new Map<string, { changeStreamPreAndPostImages?: { enabled?: boolean } }>();
	for await (const { name, options } of present) existing.set(name, (options ?? {}) as never);

	for (const name of [...Object.values(models).map(({ collection }) => collection.name), ...withoutModel]) {
		const images = { changeStreamPreAndPostImages: { enabled: true } };
		if (!existing.has(name)) {
			await database.createCollection(name, images).catch((error: unknown) => {
				if ((error as { code?: number }).code !== namespaceExists) throw error;
			});
		} else if (existing.get(name)?.changeStreamPreAndPostImages?.enabled !== true) {
			await database.command({ collMod: name, ...images });
		}
	}
	for (const model of Object.values(models)) {
		const { name } = model.collection;
		for (const [fields, options] of model.schema.indexes()) {
			const started = performance.now();
			await database.collection(name).createIndex(fields as Record<string, 1 | -1>, options as object);
			log.debug({ collection: name, fields, ms: Math.round(performance.now() - started) }, 'index is there');
		}
	}
	await runMigrations(connection, log);
}
