import type { CaseDocument } from '#lib/domain/case.ts';
import type { OrderDocument } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';

/** A dispute, and the order that it is about. */
export type Dispute = { dispute: CaseDocument; order: OrderDocument | undefined };

/** The disputes about the actor's orders, open ones first, then the latest; at most 200. */
export async function disputesOf(context: Context, actor: Actor): Promise<Dispute[]> {
	const { wallet } = actor;
	const cases = await context.models.cases
		.find({ $or: [{ buyer: wallet }, { seller: wallet }] })
		.sort({ openedAt: -1 })
		.limit(200)
		.lean();
	const orders = await context.models.orders.find({ _id: { $in: cases.map(({ order }) => order) } }).lean();
	const orderOf = new Map(orders.map((order) => [order._id, order]));
	return cases
		.map((dispute) => ({ dispute, order: orderOf.get(dispute.order) }))
		.sort((a, b) => Number(a.dispute.endedAt !== null) - Number(b.dispute.endedAt !== null));
}
