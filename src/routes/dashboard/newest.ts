import type { OrderDocument } from '#lib/domain/order.ts';

/** Each order once, as the latest list tells it, the newest first: one that ends can be in two lists for a moment. */
export function newestOf(found: readonly OrderDocument[]): OrderDocument[] {
	const byId = new Map<string, OrderDocument>();
	for (const order of found) if (order.rev >= (byId.get(order._id)?.rev ?? 0)) byId.set(order._id, order);
	return [...byId.values()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a._id < b._id ? 1 : -1));
}
