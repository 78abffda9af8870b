import type { Document } from 'mongodb';
import type { Migration } from './run.ts';

type Drawn = { wallet: string; left: string | null };
type Seat = { wallet: string; status: string };

/** Who may read an order and its conversation besides its parties, and until when, of the cases that were there before. */
export const readersOfCases: Migration = {
	name: '0003-readers-of-cases',
	async run(connection) {
		const cases = connection.collection<Document & { _id: string }>('cases').find();
		const orders = connection.collection<Document & { _id: string }>('orders');
		const conversations = connection.collection('conversations');
		for await (const { _id: order, arbitrators: drawn, appeal, endedAt } of cases) {
			const stayed = (drawn as Drawn[]).filter(({ left }) => left === null);
			const seats = ((appeal as { seats: Seat[] } | null)?.seats ?? []).filter(({ status }) => status !== 'Excused');
			const arbitrators = [...new Set([...stayed, ...seats].map(({ wallet }) => wallet))];
			await orders.updateOne(
				{ _id: order, arbitrators: { $ne: arbitrators } },
				{ $set: { arbitrators }, $inc: { rev: 1 } }
			);
			const talk = { order, product: null };
			await conversations.updateOne(
				{ ...talk, arbitrators: { $ne: arbitrators } },
				{ $set: { arbitrators }, $inc: { rev: 1 } }
			);
			if (endedAt !== null)
				await conversations.updateOne(
					{ ...talk, caseEndedAt: null },
					// A development chain's clock may be ahead of the node's.
					{ $set: { caseEndedAt: new Date(Math.min((endedAt as Date).getTime(), Date.now())) }, $inc: { rev: 1 } }
				);
		}
	}
};
