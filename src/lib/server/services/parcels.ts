// What is known of parcels without being told what is in a message: that somebody has said nothing yet.
import type { OrderDocument } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';

/**
 * The ids of those of the actor's purchases that wait for an address: something is to be posted, and the actor has written
 * nothing in the order's conversation.
 */
export async function ordersWithoutAddress(
	context: Context,
	{ wallet }: Actor,
	orders: readonly OrderDocument[]
): Promise<string[]> {
	const { offers, conversations, messages } = context.models;
	const open = orders.filter(({ status, buyer }) => status === 'Created' && buyer === wallet);
	if (open.length === 0) return [];
	const [posted, talks] = await Promise.all([
		offers
			.find({ _id: { $in: open.map(({ termsHash }) => termsHash) }, 'offer.region': { $ne: '' } }, { _id: 1 })
			.lean(),
		conversations.find({ order: { $in: open.map(({ _id }) => _id) } }, { order: 1 }).lean()
	]);
	const spoken = new Set(
		await messages.distinct('conversation', { conversation: { $in: talks.map(({ _id }) => _id) }, author: wallet })
	);
	const said = new Set(talks.filter(({ _id }) => spoken.has(_id)).map(({ order }) => order));
	const terms = new Set(posted.map(({ _id }) => _id));
	return open.filter(({ _id, termsHash }) => terms.has(termsHash) && !said.has(_id)).map(({ _id }) => _id);
}
