import type { Order, OrderEvent, OrderEventKind, Wallet } from './order.ts';

/** What a wallet can be told of, but for what happens to its orders on a chain (`order-` and the event's kind). */
export type NoticeKind =
	| 'message'
	| 'review'
	| 'review-reply'
	| 'search-found'
	| 'seller-listed'
	| 'listing-hidden'
	| 'listing-restored'
	| 'profile-hidden'
	| 'profile-restored'
	| 'review-hidden'
	| 'review-restored'
	| 'report-decided'
	| 'test';

/** Something that a wallet wants to hear about its order. */
export type OrderNotice = { wallet: Wallet; kind: OrderEventKind };

/**
 * Whom an event of the order concerns: each party that did not send it itself, and whoever's payment was refused.
 * @param order after the event
 */
export function noticesOf(order: Pick<Order, 'buyer' | 'seller'>, event: OrderEvent): OrderNotice[] {
	if (event.kind === 'deferred') return [{ wallet: event.payee, kind: event.kind }];
	if (event.kind === 'disputeClosed') return [];
	const sender = event.kind === 'created' ? event.buyer : 'by' in event ? event.by : null;
	return [order.buyer, order.seller]
		.filter((wallet) => wallet !== sender)
		.map((wallet) => ({ wallet, kind: event.kind }));
}
