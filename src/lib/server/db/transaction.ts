import { randomUUID } from 'node:crypto';
import type { ClientSession, Connection } from 'mongoose';

/** Where the last write of each transaction goes, and nobody looks but the change hub: see {@link inTransaction}. */
export const transactionMarkers = 'transactionMarkers';

/**
 * Runs `work` in a transaction and repeats it on conflicts, as MongoDB asks: what `work` does outside the database must
 * bear that. Its last write is a marker, by which a reader of the change stream knows that it holds the whole
 * transaction: the stream may pause anywhere inside one, so that silence says nothing.
 * @returns what `work` returned at last
 */
export async function inTransaction<T>(
	connection: Connection,
	work: (session: ClientSession) => Promise<T>
): Promise<T> {
	const client = connection.getClient();
	const markers = client.db(connection.name).collection<{ _id: string; at: Date }>(transactionMarkers);
	return client.withSession((session) =>
		session.withTransaction(
			async () => {
				const result = await work(session);
				await markers.insertOne({ _id: randomUUID(), at: new Date() }, { session });
				return result;
			},
			{ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } }
		)
	);
}
