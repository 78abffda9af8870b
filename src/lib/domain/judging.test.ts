import { describe, expect, test } from 'vitest';
import type { Case } from './case.ts';
import { judgingOf, nextDuty, payoutsOf, remindersOf, standingOf, voteShare } from './judging.ts';
import type { Wallet } from './order.ts';
import type { PoolRules } from './pool-rules.ts';

const wallet = (digit: string): Wallet => `0x${digit.repeat(40)}`;
const [first, panelist, stranger] = [wallet('1'), wallet('2'), wallet('9')];
const hour = 3600;
const rules = {
	rulingEarliest: 24 * hour,
	rulingLatest: 72 * hour,
	commitWindow: 48 * hour,
	revealWindow: 24 * hour
} as PoolRules;
const start = new Date('2026-11-01T00:00:00Z');
const after = (length: number) => new Date(start.getTime() + length * 1000);

const held = { wallet: first, round: 1, drawnAt: start, left: null, ruling: null, ruledAt: null, reasonDigest: null };
const drawn = {
	...{ status: 'Drawn', openedAt: start, since: start, arbitrator: first },
	...{ arbitrators: [held], appeal: null }
} as Pick<Case, 'status' | 'openedAt' | 'since' | 'arbitrator' | 'arbitrators' | 'appeal'>;
const seated = (status: 'Seated' | 'Excused' | 'Committed' | 'Revealed') => ({
	...drawn,
	status: 'PanelSeated' as const,
	appeal: {
		...{ appellant: stranger, deposit: '0', at: start, round: 2 },
		seats: [{ wallet: panelist, status, vote: null }]
	}
});

describe('who was drawn', () => {
	test('nobody else is anything in the case', () => expect(judgingOf(drawn, stranger, rules)).toBeNull());

	test('the arbitrator rules between a day and three days after the draw, and steps aside for twelve hours', () => {
		expect(judgingOf(drawn, first, rules)).toMatchObject({
			...{ role: 'arbitrator', holds: true },
			rule: { from: after(24 * hour), until: after(72 * hour) },
			recuse: { from: start, until: after(12 * hour) },
			...{ commit: null, reveal: null }
		});
	});

	test('a late draw ends with the case, thirty days after its opening', () => {
		const late = { ...drawn, since: after(29 * 24 * hour) };
		expect(judgingOf(late, first, rules)?.rule?.until).toEqual(after(30 * 24 * hour));
	});

	test('who left, and who ruled, has nothing more to do', () => {
		const left = { ...drawn, status: 'Waiting' as const, arbitrator: null };
		expect(judgingOf(left, first, rules)).toMatchObject({ holds: false, rule: null, recuse: null });
		expect(judgingOf({ ...drawn, status: 'Ruled' }, first, rules)).toMatchObject({ holds: true, rule: null });
		expect(judgingOf({ ...drawn, status: 'Closed' }, first, rules)?.holds).toBe(false);
	});

	test('a panelist votes for two days, then shows the vote for one', () => {
		const voting = judgingOf(seated('Seated'), panelist, rules);
		expect(voting).toMatchObject({ role: 'panelist', commit: { from: start, until: after(48 * hour) }, reveal: null });
		expect(voting?.recuse).not.toBeNull();
		const showing = judgingOf(seated('Committed'), panelist, rules);
		expect(showing?.reveal).toEqual({ from: after(48 * hour + 1), until: after(72 * hour) });
		expect(showing?.recuse).toBeNull();
		expect(judgingOf(seated('Revealed'), panelist, rules)?.reveal).toBeNull();
		expect(judgingOf(seated('Excused'), panelist, rules)?.holds).toBe(false);
	});

	test('what is due is what runs out next', () => {
		const judging = judgingOf(drawn, first, rules);
		expect(judging && nextDuty(judging)?.duty).toBe('rule');
		const done = judgingOf(seated('Revealed'), panelist, rules);
		expect(done && nextDuty(done)).toBeNull();
	});
});

test('a window has both its ends, to the second', () => {
	const window = { from: after(10), until: after(20) };
	const at = (seconds: number) => standingOf(window, new Date(after(seconds).getTime() + 999));
	expect([9, 10, 20, 21].map(at)).toEqual(['early', 'open', 'open', 'over']);
});

test('a ruling moves the whole amount, and the fee to who gave it; a split leaves the least fee', () => {
	const drawnFor = { fee: '13000001', ruling: null, status: 'Drawn' } as const;
	const paid = payoutsOf({ amount: '260000001' }, drawnFor, '5000000', 26000002n);
	expect(paid.buyer).toEqual({ buyer: 260000001n, seller: 0n, judge: 13000001n, stake: 0n });
	expect(paid.seller).toEqual({ buyer: 0n, seller: 260000001n, judge: 13000001n, stake: 0n });
	expect(paid.settled).toEqual({ buyer: null, seller: null, judge: 5000000n, stake: 0n });
	const ruled = payoutsOf({ amount: '1' }, { fee: '7', ruling: 'Buyer', status: 'Ruled' }, '5', 14n);
	expect([ruled.buyer.judge, ruled.settled.judge]).toEqual([7n, 7n]);
	expect([paid.gaveIn, ruled.gaveIn]).toEqual([null, null]);
});

test('an overturned ruling earns nothing, and takes of the stake', () => {
	const pay = (ruling: 'Buyer' | 'Seller') =>
		payoutsOf({ amount: '1' }, { fee: '7', ruling, status: 'PanelSeated' }, '5', 14n);
	expect(pay('Buyer').seller).toEqual({ buyer: 0n, seller: 1n, judge: 0n, stake: 14n });
	expect(pay('Seller').buyer).toEqual({ buyer: 1n, seller: 0n, judge: 0n, stake: 14n });
	for (const stays of [pay('Buyer').buyer, pay('Seller').seller, pay('Buyer').settled]) expect(stays.stake).toBe(0n);
});

test('a winner who gives in during the appeal pays the loser, and the fee is not the arbitrator’s', () => {
	const pay = (ruling: 'Buyer' | 'Seller') =>
		payoutsOf({ amount: '9' }, { fee: '7', ruling, status: 'PanelSeated' }, '5', 14n).gaveIn;
	expect(pay('Buyer')).toEqual({ buyer: 0n, seller: 9n, judge: 0n, stake: 0n });
	expect(pay('Seller')).toEqual({ buyer: 9n, seller: 0n, judge: 0n, stake: 0n });
});

test('the votes for the outcome share the fee, the odd units to the first of them', () => {
	expect([1, 2, 3].map((voters) => voteShare('101', voters as 1))).toEqual([101n, 51n, 35n]);
});

describe('who is reminded', () => {
	test.each<[string, Parameters<typeof remindersOf>[0], number, ReturnType<typeof remindersOf>]>([
		['before half of the time to rule', drawn, 48 * hour - 1, []],
		['from half of it', drawn, 48 * hour, [{ wallet: first, duty: 'rule' }]],
		['in its last second', drawn, 72 * hour, [{ wallet: first, duty: 'rule' }]],
		['when it is too late', drawn, 72 * hour + 1, []],
		['before half of the time to vote', seated('Seated'), 24 * hour - 1, []],
		['from half of that', seated('Seated'), 24 * hour, [{ wallet: panelist, duty: 'commit' }]],
		['who did not vote', seated('Seated'), 48 * hour + 1, []],
		['who voted, before it can be shown', seated('Committed'), 48 * hour, []],
		['who voted, once it can', seated('Committed'), 48 * hour + 1, [{ wallet: panelist, duty: 'reveal' }]],
		['who showed it', seated('Revealed'), 49 * hour, []],
		['who does not sit', seated('Excused'), 30 * hour, []]
	])('%s', (_, of, length, reminded) => expect(remindersOf(of, rules, after(length))).toEqual(reminded));
});
