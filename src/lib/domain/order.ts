import { DomainError } from './errors.ts';
import type { Amount } from './money.ts';

/** An address, lower case. */
export type Wallet = `0x${string}`;
/** 0x and hex digits, lower case: an id, a hash. */
export type Hex = `0x${string}`;

export type OrderStatus =
	| 'Created'
	| 'SellerConfirmed'
	| 'Disputed'
	| 'Completed'
	| 'Cancelled'
	| 'Expired'
	| 'ResolvedBuyer'
	| 'ResolvedSeller'
	| 'Stalemate'
	| 'Settled';

export type Party = 'buyer' | 'seller';

/** Where the chain says something, and how sure that is. */
export type EventPlace = {
	block: number;
	blockHash: Hex;
	/** The block's time. */
	at: Date;
	txHash: Hex;
	logIndex: number;
	/** The chain's number of confirmations stands behind it. */
	final: boolean;
	/** The chain's `finalized` tag has passed it: nothing but a failure of the chain's consensus takes it back. */
	finalized: boolean;
};

/** The facts of an order that the escrow states, one kind an event. Amounts are base units of the order's token. */
type OrderFact =
	| {
			kind: 'created';
			buyer: Wallet;
			seller: Wallet;
			tokenId: number;
			token: Wallet;
			amount: Amount;
			confirmHours: number;
			releaseHours: number;
			deadline: Date;
			termsHash: Hex;
			productHash: Hex;
			buyerKeyHash: Hex;
			salt: Hex;
	  }
	| { kind: 'confirmed'; by: Wallet; deliveryHash: Hex; deadline: Date }
	| { kind: 'completed'; by: Wallet; amount: Amount }
	| { kind: 'cancelled'; by: Wallet; amount: Amount }
	| { kind: 'expired'; by: Wallet; amount: Amount }
	| { kind: 'extended'; by: Wallet; deadline: Date }
	| { kind: 'disputed'; by: Wallet; fee: Amount; deadline: Date; evidenceDigest: Hex }
	| { kind: 'evidence'; by: Wallet; digest: Hex }
	| { kind: 'settled'; by: Wallet; buyerAmount: Amount; sellerAmount: Amount }
	| { kind: 'disputeClosed'; opener: Wallet; feePayee: Wallet; feeReturned: Amount; feeKept: Amount }
	| { kind: 'ruled'; winner: Wallet; feePayee: Wallet; amount: Amount; fee: Amount }
	| {
			kind: 'stalemated';
			opener: Wallet;
			buyerAmount: Amount;
			sellerAmount: Amount;
			feeReturned: Amount;
			forced: boolean;
	  }
	| { kind: 'deferred'; payee: Wallet; amount: Amount };

export type OrderEvent = EventPlace & { orderId: Hex } & OrderFact;
export type OrderEventKind = OrderFact['kind'];

/** One step of an order's history. Evidence is not in it: there is no bound to it. */
export type TimelineEntry = EventPlace & {
	kind: Exclude<OrderEventKind, 'evidence'>;
	/** Whose transaction it was; null where the event does not say. */
	by: Wallet | null;
	/** What the step's sentence needs beside who and when: amounts, deadlines as ISO 8601, hashes. */
	data: Readonly<Record<string, string | number | boolean>>;
};

/** Money that an order's end assigned; base units of the order's token. */
export type OrderPayout = {
	wallet: Wallet;
	amount: Amount;
	/** `fee`: earned for deciding; `feeReturned`: back to who opened the dispute. */
	kind: 'sale' | 'refund' | 'split' | 'fee' | 'feeReturned';
	/** It waits in the escrow for the payee's `withdraw`: the token refused the payment, or it is a fee. */
	deferred: boolean;
	/** The event that assigned it. */
	at: Date;
	txHash: Hex;
	logIndex: number;
};

/** An order as the chain tells it: what {@link foldOrder} makes of its events. */
export type Order = {
	orderId: Hex;
	buyer: Wallet;
	seller: Wallet;
	tokenId: number;
	token: Wallet;
	amount: Amount;
	confirmHours: number;
	releaseHours: number;
	termsHash: Hex;
	productHash: Hex;
	buyerKeyHash: Hex;
	salt: Hex;
	status: OrderStatus;
	/** The latest deadline; it can be timed out in a block *after* it, while the order lives. */
	deadline: Date;
	/** The seller confirmed the delivery, whatever happened later. */
	confirmed: boolean;
	deliveryHash: Hex | null;
	/** Who opened the dispute and the fee that was paid for it; null where there never was one. */
	dispute: { opener: Wallet; fee: Amount; at: Date } | null;
	ruling: 'ResolvedBuyer' | 'ResolvedSeller' | 'Stalemate' | null;
	payouts: OrderPayout[];
	createdAt: Date;
	createdBlock: number;
	endedAt: Date | null;
	/** The block of the latest event. */
	head: { block: number; hash: Hex };
	/** Every event behind it is confirmed; is finalized. */
	final: boolean;
	finalized: boolean;
	timeline: TimelineEntry[];
};

/** A row of `orders`: the fold, and what is known of the offer that was bought. Written by the projection alone. */
export type OrderDocument = Order & {
	/** `chainId:orderId` */
	_id: string;
	chainId: number;
	/** The product's id; null where the terms are of no offer known here. */
	product: string | null;
	quantity: number | null;
	/** Every field equals the signed offer's, and the amount is exactly quantity × unit price + shipping; null: no such offer is known. */
	termsMatch: boolean | null;
	/** The fields that differ. */
	termsDiffer: string[];
	/** Whoever was drawn for the order's case and did not lose it, in order: `readersOf`. */
	arbitrators: Wallet[];
	/** Raised by every write. */
	rev: number;
};

/** The document id of an order. */
export function orderKey(chainId: number, orderId: string): string {
	return `${chainId}:${orderId.toLowerCase()}`;
}

/** Thrown when events cannot be an order's whole history: one is missing, or is of another contract. */
export class BrokenHistory extends DomainError {
	constructor(data: { orderId: string; kind: string; status: string }) {
		super('broken-history', 'unavailable', data);
	}
}

const live: readonly OrderStatus[] = ['Created', 'SellerConfirmed', 'Disputed'];

/** In which states the escrow emits an event. `disputeClosed` and `deferred` stand beside the event that ends the order. */
const allowed: Readonly<Record<Exclude<OrderEventKind, 'created'>, readonly OrderStatus[] | 'any'>> = {
	confirmed: ['Created'],
	completed: live,
	cancelled: live,
	expired: ['Created'],
	extended: ['Created', 'SellerConfirmed'],
	disputed: ['Created', 'SellerConfirmed'],
	evidence: ['Disputed'],
	settled: live,
	disputeClosed: 'any',
	ruled: ['Disputed'],
	stalemated: ['Disputed'],
	deferred: 'any'
};

/** Whether the order's money still waits in the escrow. */
export function isLive(order: { status: OrderStatus }): boolean {
	return live.includes(order.status);
}

/** The party that the wallet is in the order; null for anyone else. */
export function partyOf(order: { buyer: Wallet; seller: Wallet }, wallet: Wallet | null): Party | null {
	if (wallet === null) return null;
	return wallet === order.buyer ? 'buyer' : wallet === order.seller ? 'seller' : null;
}

/** Whether the wallet may read the order, and what is said and sent for it: its parties, and whoever decides its dispute. */
export function mayReadOrder(
	order: { buyer: Wallet; seller: Wallet; arbitrators: readonly Wallet[] },
	wallet: Wallet | null
): boolean {
	return wallet !== null && (partyOf(order, wallet) !== null || order.arbitrators.includes(wallet));
}

/** Orders what the chain says as the chain does. */
export function byPlace(a: EventPlace, b: EventPlace): number {
	return a.block - b.block || a.logIndex - b.logIndex;
}

/**
 * The order that its events make; null of no events. The events may come in any order and more than once.
 * @throws {BrokenHistory} where the escrow cannot have emitted exactly these
 */
export function foldOrder(events: readonly OrderEvent[]): Order | null {
	let order: Order | null = null;
	let last: OrderEvent | undefined;
	for (const event of events.toSorted(byPlace)) {
		if (last !== undefined && byPlace(last, event) === 0) continue;
		order = order === null ? begin(event) : advance(order, event);
		last = event;
	}
	return order;
}

function begin(event: OrderEvent): Order {
	if (event.kind !== 'created') throw new BrokenHistory({ orderId: event.orderId, kind: event.kind, status: 'None' });
	const { buyer, seller, tokenId, token, amount, confirmHours, releaseHours, deadline } = event;
	const { termsHash, productHash, buyerKeyHash, salt } = event;
	return {
		orderId: event.orderId,
		buyer,
		seller,
		tokenId,
		token,
		amount,
		confirmHours,
		releaseHours,
		termsHash,
		productHash,
		buyerKeyHash,
		salt,
		status: 'Created',
		deadline,
		confirmed: false,
		deliveryHash: null,
		dispute: null,
		ruling: null,
		payouts: [],
		createdAt: event.at,
		createdBlock: event.block,
		endedAt: null,
		head: { block: event.block, hash: event.blockHash },
		final: event.final,
		finalized: event.finalized,
		timeline: [entryOf(event, buyer, { amount, deadline: deadline.toISOString() })]
	};
}

function entryOf(event: OrderEvent, by: Wallet | null, data: TimelineEntry['data']): TimelineEntry {
	const { block, blockHash, at, txHash, logIndex, final, finalized } = event;
	const kind = event.kind as TimelineEntry['kind'];
	return { kind, at, block, blockHash, txHash, logIndex, by, data, final, finalized };
}

function advance(before: Order, event: OrderEvent): Order {
	const states = event.kind === 'created' ? [] : allowed[event.kind];
	if (states !== 'any' && !states.includes(before.status))
		throw new BrokenHistory({ orderId: event.orderId, kind: event.kind, status: before.status });

	const after: Order = {
		...before,
		...changeOf(before, event),
		head: { block: event.block, hash: event.blockHash },
		final: before.final && event.final,
		finalized: before.finalized && event.finalized
	};
	if (isLive(before) && !isLive(after)) after.endedAt = event.at;
	if (event.kind !== 'evidence')
		after.timeline = [...before.timeline, entryOf(event, 'by' in event ? event.by : null, dataOf(event))];
	return after;
}

function dataOf(event: OrderEvent): TimelineEntry['data'] {
	switch (event.kind) {
		case 'confirmed':
			return { deliveryHash: event.deliveryHash, deadline: event.deadline.toISOString() };
		case 'completed':
		case 'cancelled':
		case 'expired':
			return { amount: event.amount };
		case 'extended':
			return { deadline: event.deadline.toISOString() };
		case 'disputed':
			return { fee: event.fee, deadline: event.deadline.toISOString() };
		case 'settled':
			return { buyerAmount: event.buyerAmount, sellerAmount: event.sellerAmount };
		case 'disputeClosed':
			return { feePayee: event.feePayee, feeReturned: event.feeReturned, feeKept: event.feeKept };
		case 'ruled':
			return { winner: event.winner, amount: event.amount, fee: event.fee };
		case 'stalemated':
			return { buyerAmount: event.buyerAmount, sellerAmount: event.sellerAmount, forced: event.forced };
		case 'deferred':
			return { payee: event.payee, amount: event.amount };
		case 'created':
		case 'evidence':
			return {};
	}
}

/** What the event changes; payouts are the whole new list. */
function changeOf(order: Order, event: OrderEvent): Partial<Order> {
	const { buyer, seller } = order;
	const { at, txHash, logIndex } = event;
	/** The payouts with further ones behind them; a share of nothing is none. */
	const paid = (...shares: readonly [OrderPayout['kind'], Wallet, Amount][]): OrderPayout[] => {
		const added = shares
			.filter(([, , amount]) => BigInt(amount) > 0n)
			.map(([kind, wallet, amount]) => ({ wallet, amount, kind, deferred: kind === 'fee', at, txHash, logIndex }));
		return [...order.payouts, ...added];
	};

	switch (event.kind) {
		case 'created':
		case 'evidence':
			return {};
		case 'confirmed':
			return {
				status: 'SellerConfirmed',
				confirmed: true,
				deliveryHash: event.deliveryHash,
				deadline: event.deadline
			};
		case 'completed':
			return { status: 'Completed', payouts: paid(['sale', seller, event.amount]) };
		case 'cancelled':
			return { status: 'Cancelled', payouts: paid(['refund', buyer, event.amount]) };
		case 'expired':
			return { status: 'Expired', payouts: paid(['refund', buyer, event.amount]) };
		case 'extended':
			return { deadline: event.deadline };
		case 'disputed':
			return {
				status: 'Disputed',
				deadline: event.deadline,
				dispute: { opener: event.by, fee: event.fee, at: event.at }
			};
		case 'settled':
			return {
				status: 'Settled',
				payouts: paid(['split', buyer, event.buyerAmount], ['split', seller, event.sellerAmount])
			};
		case 'disputeClosed':
			return {
				payouts: paid(['feeReturned', event.opener, event.feeReturned], ['fee', event.feePayee, event.feeKept])
			};
		case 'ruled': {
			const [ruling, kind] =
				event.winner === buyer ? (['ResolvedBuyer', 'refund'] as const) : (['ResolvedSeller', 'sale'] as const);
			return {
				status: ruling,
				ruling,
				payouts: paid([kind, event.winner, event.amount], ['fee', event.feePayee, event.fee])
			};
		}
		case 'stalemated':
			return {
				status: 'Stalemate',
				ruling: event.forced ? null : 'Stalemate',
				payouts: paid(
					['split', buyer, event.buyerAmount],
					['split', seller, event.sellerAmount],
					['feeReturned', event.opener, event.feeReturned]
				)
			};
		case 'deferred':
			return { payouts: defer(order.payouts, event.payee, event.amount) };
	}
}

function defer(payouts: OrderPayout[], wallet: Wallet, amount: Amount): OrderPayout[] {
	const refused = payouts.find((payout) => payout.wallet === wallet && payout.amount === amount && !payout.deferred);
	return payouts.map((payout) => (payout === refused ? { ...payout, deferred: true } : payout));
}

/** Who is expected to act next: nobody once the order has ended. */
export function whoseTurn(order: { status: OrderStatus }): Party | 'arbitrator' | 'nobody' {
	switch (order.status) {
		case 'Created':
			return 'seller';
		case 'SellerConfirmed':
			return 'buyer';
		case 'Disputed':
			return 'arbitrator';
		default:
			return 'nobody';
	}
}

/** Where the order's amount is, a deferred payment included: `both` where each side got a part. */
export function moneyAt(order: Pick<Order, 'status' | 'buyer' | 'payouts'>): Party | 'escrow' | 'both' {
	if (isLive(order)) return 'escrow';
	const shares = order.payouts.filter(({ kind }) => kind === 'sale' || kind === 'refund' || kind === 'split');
	const sides = new Set(shares.map(({ wallet }) => (wallet === order.buyer ? 'buyer' : 'seller')));
	if (sides.size === 2) return 'both';
	return sides.has('buyer') ? 'buyer' : 'seller';
}

/** What a timeout does after the deadline of the present state; null once the order has ended. */
export function deadlineOutcome(order: { status: OrderStatus }): 'refund' | 'release' | 'stalemate' | null {
	switch (order.status) {
		case 'Created':
			return 'refund';
		case 'SellerConfirmed':
			return 'release';
		case 'Disputed':
			return 'stalemate';
		default:
			return null;
	}
}

/** Whom the timeout of the present state pays everything; null where it halves, or where there is none. */
export function timeoutGainer(order: { status: OrderStatus; buyer: Wallet; seller: Wallet }): Wallet | null {
	const outcome = deadlineOutcome(order);
	return outcome === 'refund' ? order.buyer : outcome === 'release' ? order.seller : null;
}

/** Whether anyone can execute the timeout in a block of this time. */
export function isDue(order: { status: OrderStatus; deadline: Date }, chainTime: Date): boolean {
	return isLive(order) && seconds(chainTime) > seconds(order.deadline);
}

function seconds(time: Date): number {
	return Math.floor(time.getTime() / 1000);
}

/** A call of the escrow. */
export type OrderAction =
	| 'cancelOrder'
	| 'expireOrder'
	| 'sellerConfirmDelivery'
	| 'buyerConfirmReceived'
	| 'refundBuyer'
	| 'releaseOrder'
	| 'extend'
	| 'openDispute'
	| 'submitEvidence'
	| 'settle'
	| 'forceStalemate';

const timeouts = { Created: 'expireOrder', SellerConfirmed: 'releaseOrder', Disputed: 'forceStalemate' } as const;

const partyActions: Readonly<Record<Party, Readonly<Record<keyof typeof timeouts, readonly OrderAction[]>>>> = {
	buyer: {
		Created: ['cancelOrder', 'buyerConfirmReceived', 'openDispute', 'settle'],
		SellerConfirmed: ['buyerConfirmReceived', 'openDispute', 'settle'],
		Disputed: ['buyerConfirmReceived', 'submitEvidence', 'settle']
	},
	seller: {
		Created: ['sellerConfirmDelivery', 'cancelOrder', 'refundBuyer', 'openDispute', 'settle'],
		SellerConfirmed: ['refundBuyer', 'openDispute', 'settle'],
		Disputed: ['refundBuyer', 'submitEvidence', 'settle']
	}
};

type ActionsInput = Pick<Order, 'status' | 'deadline' | 'buyer' | 'seller' | 'createdAt'>;

/**
 * The calls that the escrow accepts from the wallet in a block of this time, the usual one first; a wallet of null is a
 * stranger. (`settle` also needs the other side's signature.)
 */
export function actionsFor(order: ActionsInput, wallet: Wallet | null, chainTime: Date): OrderAction[] {
	const { status } = order;
	if (status !== 'Created' && status !== 'SellerConfirmed' && status !== 'Disputed') return [];

	const party = partyOf(order, wallet);
	const actions: OrderAction[] = party === null ? [] : [...partyActions[party][status]];
	const extender = status === 'Created' ? 'buyer' : status === 'SellerConfirmed' ? 'seller' : null;
	if (party !== null && party === extender && order.deadline < latestDeadline(order)) actions.push('extend');
	if (isDue(order, chainTime)) actions.push(timeouts[status]);
	return actions;
}

const day = 86_400_000;

/** Up to when a deadline can be extended: 180 days from the start of the day (UTC) of creation. */
export function latestDeadline(order: { createdAt: Date }): Date {
	return new Date((Math.floor(order.createdAt.getTime() / day) + 180) * day);
}

/** What a head says about the chain's clock, and when this node saw it. */
export type ChainClock = { headTime: Date; seenAt: Date };

/** The chain's present time: the head's timestamp and what has elapsed since it was seen. */
export function chainTime(clock: ChainClock, now: Date): Date {
	return new Date(clock.headTime.getTime() + Math.max(0, now.getTime() - clock.seenAt.getTime()));
}
