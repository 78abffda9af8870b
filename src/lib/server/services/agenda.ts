// What waits for a wallet besides the deadlines that its orders have themselves.
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import { partyOf, type OrderDocument } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { followedChains } from '#lib/server/services/arbitrators.ts';
import { unansweredBy } from '#lib/server/services/disputes.ts';
import { queueOf, type CaseQueue } from '#lib/server/services/judging.ts';
import { oversoldAmong } from '#lib/server/services/own-listings.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';
import { missingGrants } from '#lib/server/services/readers.ts';

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
	/** Ids of those orders whose disputes accuse the actor, who has not answered. */
	unanswered: string[];
	/** Ids of those orders whose disputes are decided by somebody who waits for the actor's keys. */
	ungranted: string[];
	/** A keeper of this node makes the calls that are due in disputes. */
	isKept: boolean;
	/** The actor's stakes as an arbitrator, and the rules of their pools, by chain. */
	seats: ArbitratorDocument[];
	rules: Record<number, PoolRules | null>;
	/** The cases that the actor is bound by as an arbitrator. */
	queue: CaseQueue;
};

/** @param orders the actor's own, of which the reviews, the stock and the disputes are asked for */
export async function agendaOf(context: Context, actor: Actor, orders: readonly OrderDocument[]): Promise<Agenda> {
	const { reviews, products, cases, conversations, arbitrators } = context.models;
	const { wallet } = actor;
	const ended = orders.filter(({ endedAt }) => endedAt !== null);
	const selling = orders.filter(({ seller, status }) => seller === wallet && status === 'Created');
	const disputed = orders.filter((order) => order.status === 'Disputed' && partyOf(order, wallet) !== null);
	const until = new Date(context.now().getTime() + expiringMs);
	const [reviewed, oversold, expiring, unread, seats, queue, disputes] = await Promise.all([
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
			.lean(),
		arbitrators.find({ wallet, status: { $ne: 'Left' }, chainId: { $in: followedChains(context) } }).lean(),
		queueOf(context, actor),
		cases.find({ _id: { $in: disputed.map(({ _id }) => _id) } }).lean()
	]);
	const [unanswered, ungranted] = await Promise.all([
		unansweredBy(context, wallet, disputes),
		// Before a draw is final no browser gives keys; then one whose page is open does so by itself.
		missingGrants(
			context,
			wallet,
			disputes.filter(({ final }) => final)
		)
	]);
	const rules = await Promise.all(
		seats.map(async ({ chainId }) => [chainId, await findPoolRules(context, chainId)] as const)
	);
	return {
		reviewed: reviewed.map(({ order }) => order),
		oversold: [...oversold],
		expiring: expiring.flatMap(({ _id, title, validUntil }) =>
			validUntil === null ? [] : [{ id: _id, title, validUntil }]
		),
		unread: unread.reduce((sum, row) => sum + row.unread[row.buyer === wallet ? 'buyer' : 'seller'], 0),
		...{ unanswered, ungranted, isKept: context.config.keeperKey !== undefined },
		seats,
		rules: Object.fromEntries(rules),
		queue
	};
}
