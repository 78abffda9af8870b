// What needs the viewer now: nothing of somebody else's turn, the nearest deadline first, and what has none at the end.
import { expect, test } from 'vitest';
import type { OrderDocument, OrderStatus, Party } from '#lib/domain/order.ts';
import { perspectiveOf } from '#lib/ui/order-words.ts';
import { dutyWords } from '#lib/ui/case-words.ts';
import { anOrder, arbitrator, buyer, seller } from '#tests/support/order.ts';
import { noAgenda } from './no-agenda.ts';
import type { OrderLine } from './orders.svelte.ts';
import { caseDeadline } from '#lib/domain/duties.ts';
import { aCase, poolRules } from '#tests/support/case.ts';
import { caseTodo, seatTodo, todoOf, todosOf } from './todo.ts';

const token = { symbol: 'USDT', decimals: 6 };
const hour = 3_600_000;
const noon = Date.UTC(2026, 0, 5, 12);

function aLine(status: OrderStatus, me: Party, change: Partial<OrderDocument> & { ahead?: number } = {}): OrderLine {
	const { ahead = 0, ...given } = change;
	const order: OrderDocument = {
		...anOrder({ status }),
		...{ _id: `31337:${status}`, chainId: 31337, product: 'p', quantity: 1, termsMatch: true, termsDiffer: [] },
		...{ arbitrators: [], rev: 1, final: true },
		...given
	};
	const who = perspectiveOf(order, me === 'buyer' ? buyer : seller, token, 'Test Chain');
	const until = order.deadline;
	return {
		order,
		who,
		title: 'Lamp',
		due: false,
		until,
		dispute: null,
		time: new Date(noon),
		ahead,
		unaddressed: false
	};
}

test.each<[OrderStatus, Party, string | null]>([
	['Created', 'seller', 'Confirm delivery'],
	['Created', 'buyer', null],
	['SellerConfirmed', 'buyer', 'Check and pay'],
	['SellerConfirmed', 'seller', null],
	['Disputed', 'buyer', null],
	['Completed', 'buyer', 'Write a review'],
	['Cancelled', 'seller', 'Write a review']
])('%s asks the %s for: %s', (status, me, go) => {
	expect(todoOf(aLine(status, me), noAgenda)?.go ?? null).toBe(go);
});

test('a review is asked for once the end is confirmed, and never again once it is written', () => {
	const line = aLine('Completed', 'buyer');
	expect(todoOf(aLine('Completed', 'buyer', { final: false }), noAgenda)).toBeNull();
	expect(todoOf(line, { ...noAgenda, reviewed: [line.order._id] })).toBeNull();
	expect(todosOf([line], noAgenda)[0]?.href).toBe(`/dashboard/orders/${line.order._id}#reviews`);
});

test('a sale that took too much asks for something else than the delivery', () => {
	const line = aLine('Created', 'seller');
	const asked = todoOf(line, { ...noAgenda, oversold: [line.order._id] });
	expect(asked?.why).toContain('More was sold than you have');
	expect(todoOf(aLine('Created', 'buyer'), { ...noAgenda, oversold: [line.order._id] })).toBeNull();
});

test('deadlines first by the reader’s own clock, of orders and listings alike; then messages; then the latest reviews', () => {
	const at = (hours: number) => new Date(noon + hours * hour);
	const lines = [
		aLine('Created', 'seller', { _id: '1:late', deadline: at(30) }),
		// Its chain is a day ahead, so that it ends sooner than it says.
		aLine('Created', 'seller', { _id: '1:ahead', deadline: at(29), ahead: 24 * hour }),
		...[1, 2, 3, 4, 5].map((n) => aLine('Completed', 'buyer', { _id: `1:over${n}`, endedAt: at(-n) }))
	];
	const expiring = [{ id: 'listing', title: '', validUntil: at(10) }];
	const found = todosOf(lines, { ...noAgenda, expiring, unread: 3 });
	expect(found.map(({ key }) => key)).toEqual([
		...['1:ahead', 'listing', '1:late'],
		'unread',
		...['1:over1', '1:over2', '1:over3']
	]);
	expect(found[1]).toMatchObject({ href: '/sell/listing', title: 'Without a title', line: null });
	expect(found[3]).toMatchObject({ href: '/dashboard/messages', title: '3 messages that you have not read' });
});

test('a stake asks for something where only its arbitrator can end the waiting, behind what has a deadline', () => {
	const who = { token, chain: 'Test Chain' };
	const seat = { chainId: 31337, stake: '450000000' };
	const rules = { minimumStake: '500000000' };
	const low = seatTodo(seat, 'low', rules, who);
	expect(low).toMatchObject({ href: '/arbitrator?chain=31337', go: 'Add to the stake', until: null });
	expect(low?.why).toContain('50.00');
	expect(seatTodo(seat, 'due', rules, who)?.go).toBe('Enter the draw');
	expect(seatTodo(seat, 'free', rules, who)?.why).toContain('450.00');
	for (const state of ['waiting', 'drawable', 'full', 'leaving', 'bound', 'left'] as const)
		expect(seatTodo(seat, state, rules, who)).toBeNull();

	const found = todosOf([aLine('Created', 'seller')], { ...noAgenda, unread: 1 }, low ? [low] : []);
	expect(found.map(({ key }) => key)).toEqual(['31337:Created', 'seat:31337', 'unread']);
});

/** A dispute ruled for the buyer, so many hours ago. */
function ruled(me: Party, hours: number): OrderLine {
	const line = aLine('Disputed', me);
	const drawn = aCase(line.order, arbitrator);
	const appealUntil = new Date(drawn.since.getTime() + poolRules.appealWindow * 1000);
	const of = { ...drawn, status: 'Ruled' as const, ruling: 'Buyer' as const, appealUntil };
	const time = new Date(drawn.since.getTime() + hours * hour);
	const until = caseDeadline(of, poolRules, time) ?? line.order.deadline;
	return { ...line, dispute: { case: of, rules: poolRules }, time, until };
}

test('a ruling asks the loser while an appeal is open, by when that ends, and then whom it pays to carry it out', () => {
	const [asked] = todosOf([ruled('seller', 1)], noAgenda);
	expect(asked).toMatchObject({ go: 'See why, or appeal', href: '/dashboard/orders/31337:Disputed#h-dispute' });
	expect(asked?.until).toBe(ruled('seller', 1).until.getTime());
	expect(asked?.until).not.toBe(asked?.line?.order.deadline.getTime());
	expect(todosOf([ruled('buyer', 1)], noAgenda)).toEqual([]);
	expect(todosOf([ruled('seller', 49)], noAgenda)).toEqual([]);
	expect(todosOf([ruled('buyer', 49)], noAgenda)).toMatchObject([{ go: dutyWords('finalise').label }]);
	const kept = { ...noAgenda, isKept: true };
	expect(todosOf([ruled('buyer', 48 + 1 / 120)], noAgenda)).toHaveLength(1);
	expect(todosOf([ruled('buyer', 48 + 1 / 120)], kept)).toEqual([]);
	expect(todosOf([ruled('buyer', 49)], kept)).toHaveLength(1);
});

test('whoever was drawn is asked to read, then to rule, by when the ruling must be given; nobody else is', () => {
	const dispute = aCase(aLine('Disputed', 'buyer').order, arbitrator);
	const asked = (hours: number, wallet = arbitrator) =>
		caseTodo({ dispute, title: 'Lamp' }, poolRules, wallet, {
			time: new Date(dispute.since.getTime() + hours * hour),
			ahead: 0
		});
	const href = `/arbitrator/case/${dispute._id}`;
	expect(asked(1)).toMatchObject({ go: 'Read both sides', href, until: dispute.since.getTime() + 72 * hour });
	expect(asked(25)).toMatchObject({ go: 'Rule', href });
	expect(asked(73)).toBeNull();
	expect(asked(25, buyer)).toBeNull();
	const [first, ...rest] = todosOf([], { ...noAgenda, unread: 1 }, [asked(1)!]);
	expect([first?.href, rest.map(({ key }) => key)]).toEqual([href, ['unread']]);
});

/** An open dispute of the line's order, this many hours after somebody was drawn. */
function drawn(me: Party, hours: number): OrderLine {
	const line = aLine('Disputed', me);
	const of = aCase(line.order, arbitrator);
	const time = new Date(of.since.getTime() + hours * hour);
	return { ...line, dispute: { case: of, rules: poolRules }, time, until: caseDeadline(of, poolRules, time)! };
}

test('the accused is asked to answer before a ruling can come, then by the latest time for one, beside other turns', () => {
	const asked = { ...noAgenda, unanswered: ['31337:Disputed'] };
	const early = drawn('seller', 1);
	const since = early.dispute!.case.since.getTime();
	const href = '/dashboard/orders/31337:Disputed#h-evidence';
	expect(todosOf([early], asked)).toMatchObject([{ go: 'Answer', href, until: since + 24 * hour }]);
	expect(todosOf([early], asked)[0]?.why).toContain('no ruling comes before this');
	const [late] = todosOf([drawn('seller', 25)], asked);
	expect([late?.until, late?.why]).toEqual([since + 72 * hour, expect.stringContaining('at any moment')]);
	expect(todosOf([ruled('seller', 1)], asked).map(({ go }) => go)).toEqual(['See why, or appeal']);
	expect(todosOf([early], noAgenda)).toEqual([]);
});

test('whoever decides waits for keys: the party is led to where it gives them, whatever else it is asked', () => {
	const asked = { ...noAgenda, ungranted: ['31337:Disputed'], unanswered: ['31337:Disputed'] };
	const line = drawn('seller', 1);
	expect(todosOf([line], asked).map(({ go, href, until }) => [go, href.split('#')[1], until])).toEqual([
		['Answer', 'h-evidence', line.dispute!.case.since.getTime() + 24 * hour],
		['Let the arbitrator read', 'h-readers', line.until.getTime()]
	]);
});
