// Reads of which the moment is known: the bridge between what the database answers and what its changes say.
import type { ClientSession, Document, MongoClient, Timestamp } from 'mongodb';
import type { PublishedQuery } from './publication.ts';
import { totalOrder } from './result-set.ts';

/** Documents and the cluster time of which they are the state: changes up to it are in them, later ones are not. */
export type Snapshot = { documents: Document[]; time: Timestamp };

/** Reads a query's result as it was at or after a moment. */
export type ReadSnapshot = (collection: string, query: PublishedQuery, notBefore: Timestamp) => Promise<Snapshot>;

type SnapshotSession = ClientSession & { snapshotTime?: Timestamp };

const attempts = 10;

/**
 * Reads with read concern `snapshot`: majority-committed as the change stream is, and the server names the exact moment.
 * With `majority` alone it would only be known to lie between two moments, and a change between them would be shown
 * twice or go back in time. A member that lags behind `notBefore` is asked again.
 * @param concurrency reads that run at once; more wait, so that a thousand clients who reconnect do not drown the database
 */
export function snapshotReader(client: MongoClient, database: string, concurrency = 16): ReadSnapshot {
	const enter = gate(concurrency);
	return async (collection, query, notBefore) => {
		for (let attempt = 0; attempt < attempts; attempt++) {
			if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 2 ** attempt));
			const snapshot = await enter(() => readOnce(client, database, collection, query));
			if (snapshot.time.greaterThanOrEqual(notBefore)) return snapshot;
		}
		throw new Error(`No member of the database has reached the change that was already read from it`);
	};
}

async function readOnce(
	client: MongoClient,
	database: string,
	collection: string,
	query: PublishedQuery
): Promise<Snapshot> {
	return client.withSession({ snapshot: true }, async (session: SnapshotSession) => {
		const source = client.db(database).collection(collection, { readConcern: { level: 'snapshot' } });
		const documents =
			query.count === undefined
				? await source
						.find(query.filter, {
							session,
							...(query.sort && { sort: totalOrder(query.sort) }),
							// In one answer: with the server's own 101 at first, every longer list would take a second journey.
							...(query.limit !== undefined && { limit: query.limit, batchSize: query.limit })
						})
						.toArray()
				: await source
						.aggregate([{ $match: query.filter }, { $group: { _id: null, total: { $sum: query.weight ?? 1 } } }], {
							session
						})
						.toArray()
						.then(([counted]) => [{ _id: query.count, total: (counted?.total as number | undefined) ?? 0 }]);
		if (session.snapshotTime === undefined) throw new Error('The database did not say of which moment its answer is');
		return { documents, time: session.snapshotTime };
	});
}

/** Lets `size` calls run at once; the others wait in their order. */
function gate(size: number): <T>(work: () => Promise<T>) => Promise<T> {
	let free = size;
	const waiting: (() => void)[] = [];
	return async (work) => {
		if (free > 0) free--;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next === undefined) free++;
			else next();
		}
	};
}
