import { describe, expect, test } from 'vitest';
import {
	accusedOf,
	answerUntil,
	caseDeadline,
	dutyOf,
	gainersOf,
	isLeftToPeople,
	keeperChance,
	seatDutyOf,
	seatGainOf,
	type DutyCase
} from './duties.ts';
import { panelDrawLimit, rulingLimit, voidAfter, type PoolRules } from './pool-rules.ts';

const hour = 3600;
const rules: PoolRules = {
	stakeToken: '0x00',
	minimumStake: '500',
	activationDelay: 7 * 24 * hour,
	unbondingDelay: 14 * 24 * hour,
	rulingEarliest: 24 * hour,
	rulingLatest: 72 * hour,
	appealWindow: 48 * hour,
	commitWindow: 48 * hour,
	revealWindow: 24 * hour,
	margin: 6,
	caseLimit: 15
};
const start = new Date('2026-11-01T00:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const of = (status: DutyCase['status'], change: Partial<DutyCase> = {}): DutyCase => ({
	status,
	openedAt: start,
	since: start,
	appealUntil: null,
	appeal: null,
	...change
});
const appeal = { appellant: '0x01', deposit: '1', at: start, round: null, seats: [] } as const;
const withAppeal = { appeal: { ...appeal, seats: [] } };

describe('what anybody can do for a case', () => {
	test.each([
		['Waiting', { since: after(rulingLimit + 60) }, rulingLimit, 'breakStalemate'],
		['Drawn', {}, rules.rulingLatest, 'replaceArbitrator'],
		['Drawn', { since: after(28 * 24 * hour) }, rulingLimit, 'breakStalemate'],
		['Ruled', {}, rules.appealWindow, 'finalise'],
		['PanelWaiting', { ...withAppeal, since: after(panelDrawLimit + 60) }, panelDrawLimit, 'finalise'],
		['PanelSeated', withAppeal, rules.commitWindow + rules.revealWindow, 'finalise']
	] as const)('%s: the last second of the window belongs to it, the next does not', (status, change, end, call) => {
		const one = of(status, change as Partial<DutyCase>);
		expect(dutyOf(one, 'Disputed', rules, after(end))).toBeNull();
		expect(dutyOf(one, 'Disputed', rules, after(end + 1))).toEqual({ call, since: after(end) });
	});

	test.each([
		['Waiting', {}, rulingLimit, 'breakStalemate'],
		['PanelWaiting', withAppeal, panelDrawLimit, 'finalise']
	] as const)(
		'%s: drawn from the round’s time on, until it is void or the case’s time is over',
		(status, change, limit, end) => {
			const dueAt = (since: number, now: number) =>
				dutyOf(of(status, { ...change, since: after(since) } as Partial<DutyCase>), 'Disputed', rules, after(now));
			expect(dueAt(60, 59)).toBeNull();
			for (const now of [60, 60 + voidAfter]) expect(dueAt(60, now)).toEqual({ call: 'draw', since: after(60) });
			expect(dueAt(60, 61 + voidAfter)).toEqual({ call: 'skip', since: after(60 + voidAfter) });
			expect(dueAt(limit - 1, limit)?.call).toBe('draw');
			expect(dueAt(limit - 1, limit + 1)?.call).toBe(end);
			expect(dutyOf(of(status, change as Partial<DutyCase>), 'Settled', rules, after(60))?.call).toBe('closeCase');
		}
	);

	test('a void round is replaced by another while there is time for one', () => {
		expect(dutyOf(of('Void'), 'Disputed', rules, after(hour))?.call).toBe('recommit');
		expect(dutyOf(of('Void'), 'Disputed', rules, after(rulingLimit + 1))?.call).toBe('breakStalemate');
		expect(dutyOf(of('PanelVoid', withAppeal), 'Disputed', rules, after(hour))?.call).toBe('recommit');
		expect(dutyOf(of('PanelVoid', withAppeal), 'Disputed', rules, after(panelDrawLimit + 1))?.call).toBe('finalise');
	});

	test('a case whose order ended elsewhere is closed, one that ended is left alone', () => {
		expect(dutyOf(of('Drawn'), 'Stalemate', rules, after(1))?.call).toBe('closeCase');
		expect(dutyOf(of('Finalised'), 'ResolvedBuyer', rules, after(1))).toBeNull();
		expect(dutyOf(of('PanelFallen'), 'Disputed', rules, after(1))?.call).toBe('finalise');
	});
});

describe('what anybody can do for a seat', () => {
	const seat = {
		wallet: '0x01' as const,
		status: 'Active',
		stake: '500',
		reputation: 50,
		openCases: 0,
		weight: 10,
		leaf: 1,
		activeFrom: start
	};
	test.each([
		['as it should be', {}, null],
		['too little stake', { stake: '499' }, 'sync'],
		['too many cases', { openCases: 15 }, 'sync'],
		['no reputation left', { reputation: 0 }, 'sync'],
		['a reputation of 40 still weighs one', { reputation: 40, weight: 1 }, null],
		['on its way out', { status: 'Exiting' }, 'sync'],
		['gone, the leaf not', { status: 'Left', weight: 0 }, 'sync'],
		['gone', { status: 'Left', weight: 0, leaf: 0 }, null],
		['in time for the draw', { status: 'Registered', leaf: 0, weight: 0 }, 'activate'],
		['too early for it', { status: 'Registered', leaf: 0, weight: 0, activeFrom: after(2) }, null]
	] as const)('%s', (_, change, call) => {
		expect(seatDutyOf({ ...seat, ...change }, rules, after(1))?.call ?? null).toBe(call);
	});

	test('the arbitrator gains from what lets it be drawn, or more often, and not from the rest', () => {
		const gain = (change: Partial<typeof seat>) => seatGainOf({ ...seat, ...change }, rules, after(1))?.call ?? null;
		expect(gain({ status: 'Registered', leaf: 0, weight: 0 })).toBe('activate');
		expect([gain({ weight: 0 }), gain({ weight: 9 })]).toEqual(['sync', 'sync']);
		expect([gain({}), gain({ weight: 60 }), gain({ status: 'Left', weight: 0 })]).toEqual([null, null, null]);
	});
});

describe('what a case waits for next', () => {
	const round = { number: 7, time: after(60) };
	test.each([
		['Waiting', { round }, 0, 60],
		['Waiting', { round }, 61, rulingLimit],
		['Void', {}, 0, rulingLimit],
		['Drawn', {}, 0, rules.rulingLatest],
		['Drawn', { since: after(28 * 24 * hour) }, 0, rulingLimit],
		['Ruled', { appealUntil: after(5) }, 0, 5],
		['PanelWaiting', withAppeal, 0, panelDrawLimit],
		['PanelSeated', withAppeal, 0, rules.commitWindow + rules.revealWindow]
	] as const)('%s', (status, change, now, until) => {
		const one = { ...of(status, change as Partial<DutyCase>), round: 'round' in change ? change.round : null };
		expect(caseDeadline(one, rules, after(now))).toEqual(after(until));
	});
	test('nothing, once it is over or only waits for a call', () => {
		for (const status of ['PanelFallen', 'Finalised', 'Stalemate', 'Closed'] as const)
			expect(caseDeadline({ ...of(status), round: null }, rules, start)).toBeNull();
	});
});

describe('who gains from a call', () => {
	const [buyer, seller, arbitrator, panelist, excused] = ['0x01', '0x02', '0x03', '0x04', '0x05'] as const;
	const seats = [
		{ wallet: panelist, status: 'Committed' as const, vote: null },
		{ wallet: excused, status: 'Excused' as const, vote: null }
	];
	const ruled = { status: 'Ruled', buyer, seller, arbitrator, ruling: 'Buyer', appeal: null } as const;
	const seated = { ...ruled, status: 'PanelSeated', appeal: { ...appeal, seats } } as const;

	test('the parties from what brings a ruling nearer, not the arbitrator who is silent', () => {
		for (const call of ['draw', 'skip', 'recommit', 'replaceArbitrator', 'breakStalemate'] as const)
			expect(gainersOf({ ...ruled, status: 'Drawn' }, call)).toEqual([buyer, seller]);
	});
	test('the winner and who ruled from the end; of a panel everybody who may be paid', () => {
		expect(gainersOf(ruled, 'finalise')).toEqual([buyer, arbitrator]);
		expect(gainersOf({ ...ruled, ruling: 'Seller' }, 'finalise')).toEqual([seller, arbitrator]);
		expect(gainersOf(seated, 'finalise')).toEqual([buyer, seller, arbitrator, panelist]);
	});
	test('whoever is still bound from closing what is over elsewhere', () => {
		expect(gainersOf(seated, 'closeCase')).toEqual([arbitrator, panelist]);
	});
});

test('who did not open a dispute is accused in it; nobody while it is not known who opened it', () => {
	const sides = { buyer: '0x01', seller: '0x02' } as const;
	expect(accusedOf({ ...sides, opener: '0x01' })).toBe('0x02');
	expect(accusedOf({ ...sides, opener: '0x02' })).toBe('0x01');
	expect(accusedOf({ ...sides, opener: null })).toBeNull();
});

test('an answer is sure to be heard before the earliest ruling, which nobody can give who is not drawn yet', () => {
	const sure = (at: number) => ({ until: after(at), isLate: false });
	const waiting = { ...of('Waiting', { since: after(600) }), round: { number: 1, time: after(600) } };
	expect(answerUntil(waiting, rules, after(0))).toEqual(sure(600 + rules.rulingEarliest));
	expect(answerUntil(waiting, rules, after(900))).toEqual(sure(900 + rules.rulingEarliest));
	const drawn = { ...of('Drawn'), round: null };
	expect(answerUntil(drawn, rules, after(rules.rulingEarliest - 1))).toEqual(sure(rules.rulingEarliest));
	expect(answerUntil(drawn, rules, after(rules.rulingEarliest))).toEqual({
		until: after(rules.rulingLatest),
		isLate: true
	});
	// Its last second. Then another is drawn, who has to wait anew.
	expect(answerUntil(drawn, rules, after(rules.rulingLatest))?.isLate).toBe(true);
	const silent = rules.rulingLatest + 1;
	expect(answerUntil(drawn, rules, after(silent))).toEqual(sure(silent + rules.rulingEarliest));
	// Drawn so late that the end of all waiting comes first.
	const last = { ...drawn, since: after(rulingLimit - rules.rulingEarliest - 60) };
	expect(answerUntil(last, rules, after(rulingLimit - 30))).toEqual({ until: after(rulingLimit), isLate: true });
	expect(answerUntil(last, rules, after(rulingLimit + 1))).toBeNull();
	expect(answerUntil(waiting, rules, after(rulingLimit + 1))).toBeNull();
	for (const status of ['Ruled', 'PanelWaiting', 'PanelSeated', 'Closed'] as const)
		expect(answerUntil({ ...of(status), round: null }, rules, start)).toBeNull();
});

test('a due call is left to people at once where nobody keeps, else after what a keeper needs for it', () => {
	expect(isLeftToPeople({ since: start }, start, false)).toBe(true);
	expect(isLeftToPeople({ since: start }, after(keeperChance), true)).toBe(false);
	expect(isLeftToPeople({ since: start }, after(keeperChance + 1), true)).toBe(true);
});
