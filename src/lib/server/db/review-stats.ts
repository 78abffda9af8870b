// How reviews count, for the two that change it: the reviews service, and the projection when a chain takes back that an
// order ended, or says it again.
import type { ClientSession } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { ratingStats, type RatingStats } from '#lib/domain/review.ts';
import type { Models } from '#lib/server/db/models.ts';

/** Which reviews are shown and counted. */
export const counted = { ended: true, hidden: null } as const;

/** What the reviews of a wallet come to. */
export async function tallyReviews(
	models: Models,
	target: Wallet,
	session: ClientSession | null = null
): Promise<RatingStats> {
	const groups = await models.reviews
		.aggregate<{ _id: number; count: number }>([
			{ $match: { target, ...counted } },
			{ $group: { _id: '$rating', count: { $sum: 1 } } }
		])
		.session(session);
	const ratings = [0, 0, 0, 0, 0];
	for (const { _id, count } of groups) ratings[_id - 1] = count;
	return ratingStats(ratings);
}

/**
 * Writes what the reviews of a wallet come to now. Counted anew and not added to: two at once collide on the user's
 * document, and the one that is repeated sees the other's review.
 */
export async function storeStats(models: Models, target: Wallet, session: ClientSession): Promise<void> {
	const stats = await tallyReviews(models, target, session);
	await models.users.updateOne({ _id: target }, { $set: { stats } }, { session });
}

/**
 * Follows the chain: reviews of an order that has no longer ended are neither shown nor counted, and are again when it
 * has.
 * @param ended by the order's document id; false of orders that are gone
 */
export async function settleReviews(
	models: Models,
	ended: ReadonlyMap<string, boolean>,
	session: ClientSession
): Promise<void> {
	const reviews = await models.reviews
		.find({ order: { $in: [...ended.keys()] } }, { order: 1, target: 1, ended: 1 })
		.session(session)
		.lean();
	const changed = reviews.filter((review) => review.ended !== ended.get(review.order));
	for (const { _id, order } of changed)
		await models.reviews.updateOne({ _id }, { $set: { ended: ended.get(order) === true } }, { session });
	for (const target of new Set(changed.map((review) => review.target))) await storeStats(models, target, session);
}
