import {
	foldOrder,
	type Hex,
	type Order,
	type OrderEvent,
	type OrderEventKind,
	type OrderStatus
} from '#lib/domain/order.ts';

/** Whoever plays in the built orders, lower case. */
export const buyer: Hex = `0x${'b0'.repeat(20)}`;
export const seller: Hex = `0x${'5e'.repeat(20)}`;
export const arbitrator: Hex = `0x${'a1'.repeat(20)}`;
export const stranger: Hex = `0x${'57'.repeat(20)}`;

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 5, 12);

/** 32 bytes that are the same for the same text. */
export function bytes32(text: string): Hex {
	return `0x${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

/** One event of an order, in block `block` of a chain with a block an hour; anything can be given otherwise. */
export function anEvent<K extends OrderEventKind>(
	kind: K,
	block = 1,
	given: Partial<Extract<OrderEvent, { kind: K }>> = {}
): OrderEvent {
	const at = new Date(start + block * hour);
	const later = (hours: number) => new Date(at.getTime() + hours * hour);
	const facts: { [Kind in OrderEventKind]: object } = {
		created: {
			buyer,
			seller,
			tokenId: 1,
			token: `0x${'70'.repeat(20)}`,
			amount: '12500001',
			confirmHours: 24,
			releaseHours: 72,
			deadline: later(24),
			termsHash: bytes32('terms'),
			productHash: bytes32('product'),
			buyerKeyHash: bytes32(''),
			salt: bytes32('salt')
		},
		confirmed: { by: seller, deliveryHash: bytes32('parcel'), deadline: later(72) },
		completed: { by: buyer, amount: '12500001' },
		cancelled: { by: buyer, amount: '12500001' },
		expired: { by: stranger, amount: '12500001' },
		extended: { by: seller, deadline: later(100) },
		disputed: { by: buyer, fee: '5000000', deadline: later(90 * 24), evidenceDigest: bytes32('evidence') },
		evidence: { by: seller, digest: bytes32('photo') },
		settled: { by: buyer, buyerAmount: '2500001', sellerAmount: '10000000' },
		disputeClosed: { opener: buyer, feePayee: arbitrator, feeReturned: '3000000', feeKept: '2000000' },
		ruled: { winner: seller, feePayee: arbitrator, amount: '12500001', fee: '5000000' },
		stalemated: {
			opener: buyer,
			buyerAmount: '6250001',
			sellerAmount: '6250000',
			feeReturned: '5000000',
			forced: false
		},
		deferred: { payee: seller, amount: '12500001' }
	};
	return {
		orderId: bytes32('order'),
		block,
		blockHash: bytes32(`block ${block}`),
		at,
		txHash: bytes32(`tx ${block}`),
		logIndex: 0,
		final: true,
		finalized: true,
		kind,
		...facts[kind],
		...given
	} as OrderEvent;
}

/** The events of an order that ends as the kinds say, one block after the other. */
export function history(...kinds: readonly OrderEventKind[]): OrderEvent[] {
	return kinds.map((kind, index) => anEvent(kind, index + 1));
}

/** One way to each status. */
export const ways: Readonly<Record<OrderStatus, readonly OrderEventKind[]>> = {
	Created: ['created'],
	SellerConfirmed: ['created', 'confirmed'],
	Disputed: ['created', 'confirmed', 'disputed'],
	Completed: ['created', 'confirmed', 'completed'],
	Cancelled: ['created', 'cancelled'],
	Expired: ['created', 'expired'],
	ResolvedBuyer: ['created', 'disputed', 'ruled'],
	ResolvedSeller: ['created', 'disputed', 'ruled'],
	Stalemate: ['created', 'disputed', 'stalemated'],
	Settled: ['created', 'settled']
};

/** An order in a status, made of events. */
export function anOrder({ status }: { status: OrderStatus } = { status: 'Created' }): Order {
	const events = history(...ways[status]).map((event) =>
		event.kind === 'ruled' ? { ...event, winner: status === 'ResolvedBuyer' ? buyer : seller } : event
	);
	return foldOrder(events) as Order;
}
