// What waits for a wallet besides the deadlines that its orders have themselves.
import type { OrderDocument } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { oversoldAmong } from '#lib/server/services/own-listings.ts';

/** How long before its offers run out a listing is to be signed anew. */
const expiringMs = 7 * 86_400_000;
/** The most listings that are named at once, the first to run out. */
const expiringLimit = 5;

/** A listing that nobody can buy from soon, or at present: its offers run out, or have. */
type ExpiringListing = { id: string; title: string; validUntil: Date };

export type Agenda = {
	/** Ids of those orders that the actor has reviewed. */
	reviewed: string[];
	/** Ids of those sales that take more than there was. */
	oversold: string[];
	expiring: ExpiringListing[];
	/** Messages that the actor has not read, in all conversations together. */
	unread: number;
};

/** @param orders the actor's own, of which the reviews and the stock are asked for */
export async function agendaOf(context: Context, actor: Actor, orders: readonly OrderDocument[]): Promise<Agenda> {
	const { reviews, products, conversations } = context.models;
	const { wallet } = actor;
	const ended = orders.filter(({ endedAt }) => endedAt !== null);
	const selling = orders.filter(({ seller, status }) => seller === wallet && status === 'Created');
	const until = new Date(context.now().getTime() + expiringMs);
	const [reviewed, oversold, expiring, unread] = await Promise.all([
		reviews.find({ _id: { $in: ended.map(({ _id }) => `${_id}:${wallet}`) } }, { order: 1 }).lean(),
		oversoldAmong(context, selling),
		products
			.find({ seller: wallet, status: 'listed', validUntil: { $lte: until } }, { title: 1, validUntil: 1 })
			.sort({ validUntil: 1 })
			.limit(expiringLimit)
			.lean(),
		conversations
			.find(
				{
					$or: [
						{ buyer: wallet, 'unread.buyer': { $gt: 0 } },
						{ seller: wallet, 'unread.seller': { $gt: 0 } }
					]
				},
				{ buyer: 1, unread: 1 }
			)
			.lean()
	]);
	return {
		reviewed: reviewed.map(({ order }) => order),
		oversold: [...oversold],
		expiring: expiring.flatMap(({ _id, title, validUntil }) =>
			validUntil === null ? [] : [{ id: _id, title, validUntil }]
		),
		unread: unread.reduce((sum, row) => sum + row.unread[row.buyer === wallet ? 'buyer' : 'seller'], 0)
	};
}
