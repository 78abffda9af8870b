import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEvent, anOrder, arbitrator, buyer, history, seller, stranger, ways } from '#tests/support/order.ts';
import {
	actionsFor,
	BrokenHistory,
	chainTime,
	deadlineOutcome,
	foldOrder,
	isDue,
	latestDeadline,
	moneyAt,
	whoseTurn,
	type Order,
	type OrderEventKind,
	type OrderStatus
} from './order.ts';

const statuses = Object.keys(ways) as OrderStatus[];
const hour = 3_600_000;

describe('foldOrder', () => {
	test('is null without events', () => {
		expect(foldOrder([])).toBeNull();
	});

	test.each(statuses)('reaches %s', (status) => {
		expect(anOrder({ status }).status).toBe(status);
	});

	test('keeps the terms, the deadlines and the history', () => {
		const order = anOrder({ status: 'SellerConfirmed' });
		expect(order).toMatchObject({ buyer, seller, amount: '12500001', confirmed: true, createdBlock: 1 });
		expect(order.deadline).toEqual(new Date(order.createdAt.getTime() + (1 + 72) * hour));
		expect(order.timeline.map(({ kind, block, by }) => [kind, block, by])).toEqual([
			['created', 1, buyer],
			['confirmed', 2, seller]
		]);
		expect(order.head.block).toBe(2);
	});

	test('evidence is no step of the timeline, but its block counts', () => {
		const order = foldOrder(history('created', 'disputed', 'evidence')) as Order;
		expect(order.timeline.map(({ kind }) => kind)).toEqual(['created', 'disputed']);
		expect(order.head.block).toBe(3);
	});

	test('is final only if every event is', () => {
		const events = history('created', 'confirmed');
		expect(foldOrder(events)).toMatchObject({ final: true, finalized: true });
		expect(foldOrder(events.with(1, anEvent('confirmed', 2, { finalized: false })))).toMatchObject({
			final: true,
			finalized: false
		});
	});

	test.each([
		['Completed', [['sale', seller, '12500001', false]]],
		['Cancelled', [['refund', buyer, '12500001', false]]],
		['Expired', [['refund', buyer, '12500001', false]]],
		[
			'ResolvedSeller',
			[
				['sale', seller, '12500001', false],
				['fee', arbitrator, '5000000', true]
			]
		],
		[
			'Stalemate',
			[
				['split', buyer, '6250001', false],
				['split', seller, '6250000', false],
				['feeReturned', buyer, '5000000', false]
			]
		],
		[
			'Settled',
			[
				['split', buyer, '2500001', false],
				['split', seller, '10000000', false]
			]
		]
	] as const)('assigns the money of %s', (status, payouts) => {
		expect(
			anOrder({ status }).payouts.map(({ kind, wallet, amount, deferred }) => [kind, wallet, amount, deferred])
		).toEqual(payouts);
	});

	test('a concession in a dispute ends it and shares the fee', () => {
		const order = foldOrder(history('created', 'disputed', 'completed', 'disputeClosed')) as Order;
		expect(order.status).toBe('Completed');
		expect(order.payouts.map(({ kind, amount }) => [kind, amount])).toEqual([
			['sale', '12500001'],
			['feeReturned', '3000000'],
			['fee', '2000000']
		]);
	});

	test('a refused payment waits for its payee', () => {
		const order = foldOrder(history('created', 'confirmed', 'completed', 'deferred')) as Order;
		expect(order.payouts).toMatchObject([{ wallet: seller, deferred: true }]);
		expect(moneyAt(order)).toBe('seller');
	});

	test.each([
		['confirmed', 'None', ['confirmed']],
		['created', 'Created', ['created', 'created']],
		['confirmed', 'SellerConfirmed', ['created', 'confirmed', 'confirmed']],
		['expired', 'SellerConfirmed', ['created', 'confirmed', 'expired']],
		['ruled', 'Created', ['created', 'ruled']],
		['completed', 'Cancelled', ['created', 'cancelled', 'completed']],
		['evidence', 'Created', ['created', 'evidence']]
	] as const)('refuses %s after %s', (kind, status, kinds) => {
		const act = () => foldOrder(history(...kinds));
		expect(act).toThrow(BrokenHistory);
		expect(act).toThrow(expect.objectContaining({ data: expect.objectContaining({ kind, status }) }));
	});

	test('any order and any repetition of the events makes the same order', () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...statuses).chain((status) => {
					const events = history(...ways[status]);
					const indexes = fc.array(fc.nat(events.length - 1), { maxLength: 10 });
					return fc.tuple(
						fc.constant(events),
						indexes.chain((more) => shuffled([...events.keys(), ...more]))
					);
				}),
				([events, order]) => {
					const given = order.map((index) => events[index]).filter((event) => event !== undefined);
					expect(foldOrder(given)).toEqual(foldOrder(events));
				}
			)
		);
	});
});

function shuffled(indexes: number[]): fc.Arbitrary<number[]> {
	return fc.shuffledSubarray(indexes, { minLength: indexes.length, maxLength: indexes.length });
}

describe('what a status means', () => {
	test.each([
		['Created', 'seller', 'escrow', 'refund'],
		['SellerConfirmed', 'buyer', 'escrow', 'release'],
		['Disputed', 'arbitrator', 'escrow', 'stalemate'],
		['Completed', 'nobody', 'seller', null],
		['Cancelled', 'nobody', 'buyer', null],
		['Expired', 'nobody', 'buyer', null],
		['ResolvedBuyer', 'nobody', 'buyer', null],
		['ResolvedSeller', 'nobody', 'seller', null],
		['Stalemate', 'nobody', 'both', null],
		['Settled', 'nobody', 'both', null]
	] as const)('%s: turn of %s, money at %s, after the deadline %s', (status, turn, money, outcome) => {
		const order = anOrder({ status });
		expect(whoseTurn(order)).toBe(turn);
		expect(moneyAt(order)).toBe(money);
		expect(deadlineOutcome(order)).toBe(outcome);
	});

	test('a settlement that gives one side everything leaves the money there', () => {
		const all = anEvent('settled', 2, { buyerAmount: '12500001', sellerAmount: '0' });
		expect(moneyAt(foldOrder([anEvent('created'), all]) as Order)).toBe('buyer');
	});
});

describe('actionsFor', () => {
	const before = (order: Order) => order.deadline;
	const after = (order: Order) => new Date(order.deadline.getTime() + 1000);

	test.each([
		['Created', buyer, ['cancelOrder', 'buyerConfirmReceived', 'openDispute', 'settle', 'extend']],
		['Created', seller, ['sellerConfirmDelivery', 'cancelOrder', 'refundBuyer', 'openDispute', 'settle']],
		['SellerConfirmed', buyer, ['buyerConfirmReceived', 'openDispute', 'settle']],
		['SellerConfirmed', seller, ['refundBuyer', 'openDispute', 'settle', 'extend']],
		['Disputed', buyer, ['buyerConfirmReceived', 'submitEvidence', 'settle']],
		['Disputed', seller, ['refundBuyer', 'submitEvidence', 'settle']]
	] as const)('%s, %s', (status, wallet, actions) => {
		const order = anOrder({ status });
		expect(actionsFor(order, wallet, before(order))).toEqual(actions);
	});

	test.each([
		['Created', 'expireOrder'],
		['SellerConfirmed', 'releaseOrder'],
		['Disputed', 'forceStalemate']
	] as const)('anyone can time %s out by %s, one second after the deadline', (status, action) => {
		const order = anOrder({ status });
		expect(isDue(order, before(order))).toBe(false);
		expect(actionsFor(order, stranger, before(order))).toEqual([]);
		expect(actionsFor(order, null, after(order))).toEqual([action]);
		expect(actionsFor(order, buyer, after(order))).toContain('buyerConfirmReceived');
	});

	test.each(statuses.filter((status) => !['Created', 'SellerConfirmed', 'Disputed'].includes(status)))(
		'nothing is left to do with %s',
		(status) => {
			const order = anOrder({ status });
			for (const wallet of [buyer, seller, null]) expect(actionsFor(order, wallet, after(order))).toEqual([]);
		}
	);

	test('nobody extends beyond 180 days from the day of creation', () => {
		const order = anOrder({ status: 'Created' });
		expect(latestDeadline(order)).toEqual(new Date(Date.UTC(2026, 0, 5) + 180 * 24 * hour));
		const longest = { ...order, deadline: latestDeadline(order) };
		expect(actionsFor(longest, buyer, order.createdAt)).not.toContain('extend');
	});

	test('offers exactly the events that the fold accepts', () => {
		const kinds: Partial<Record<ReturnType<typeof actionsFor>[number], OrderEventKind>> = {
			cancelOrder: 'cancelled',
			expireOrder: 'expired',
			sellerConfirmDelivery: 'confirmed',
			buyerConfirmReceived: 'completed',
			refundBuyer: 'cancelled',
			releaseOrder: 'completed',
			extend: 'extended',
			openDispute: 'disputed',
			submitEvidence: 'evidence',
			settle: 'settled',
			forceStalemate: 'stalemated'
		};
		for (const status of statuses) {
			const order = anOrder({ status });
			const allowed = new Set(
				[buyer, seller, null].flatMap((wallet) => actionsFor(order, wallet, after(order))).map((name) => kinds[name])
			);
			for (const kind of new Set(Object.values(kinds))) {
				const events = [...history(...ways[status]), anEvent(kind, 9)];
				const folds = () => foldOrder(events);
				if (allowed.has(kind)) expect(folds, `${kind} after ${status}`).not.toThrow();
				else expect(folds, `${kind} after ${status}`).toThrow(BrokenHistory);
			}
		}
	});
});

test('chain time is the head and what has elapsed since it was seen', () => {
	const clock = { headTime: new Date(5000), seenAt: new Date(100_000) };
	expect(chainTime(clock, new Date(102_500))).toEqual(new Date(7500));
	expect(chainTime(clock, new Date(90_000))).toEqual(new Date(5000));
});
