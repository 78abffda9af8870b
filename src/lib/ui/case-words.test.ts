import { describe, expect, test } from 'vitest';
import type { CaseDocument } from '#lib/domain/case.ts';
import { keeperChance } from '#lib/domain/duties.ts';
import type { OrderStatus } from '#lib/domain/order.ts';
import { rulingLimit, type PoolRules } from '#lib/domain/pool-rules.ts';
import { m } from '#lib/paraglide/messages.js';
import { caseAnswers, caseHeadline, caseSentence } from './case-words.ts';
import type { Perspective } from './order-words.ts';

const hour = 3600;
const opened = new Date('2026-11-01T12:00:00Z');
const later = (seconds: number) => new Date(opened.getTime() + seconds * 1000);
const rules = {
	rulingEarliest: 24 * hour,
	rulingLatest: 72 * hour,
	appealWindow: 48 * hour,
	commitWindow: hour,
	revealWindow: hour
} as PoolRules;
const dispute = {
	status: 'Waiting',
	buyer: '0xb0',
	seller: '0x5e',
	openedAt: opened,
	since: opened,
	round: { number: 7, time: later(60) },
	arbitrator: null,
	arbitrators: [],
	ruling: null,
	appealUntil: null,
	appeal: null
} as unknown as CaseDocument;
const buyer: Perspective = {
	me: 'buyer',
	buyer: 'Ana',
	seller: 'Ben',
	token: { symbol: 'USDT', decimals: 6 },
	chain: 'Here'
};
const answers = (changes: Partial<CaseDocument>, time: Date, who = buyer, isKept = false) =>
	caseAnswers({ ...dispute, ...changes }, rules, who, time, isKept, (at) => new Date(at).toISOString());

describe('what a dispute answers on the page of its order', () => {
	test('it waits for its round, and for a ruling in general once that is over', () => {
		expect(answers({}, opened)).toMatchObject({ until: later(60), nobody: { strong: m.silence_draw() } });
		const over = answers({}, later(61));
		expect(over).toMatchObject({ until: later(rulingLimit), nobody: { strong: m.nobody_stalemate() } });
	});

	test('who is drawn has so long, and is replaced unless all time is over then', () => {
		const drawn = { status: 'Drawn', arbitrator: '0xa1' } as const;
		const first = answers({ ...drawn, since: later(hour) }, later(2 * hour));
		expect(first).toMatchObject({ until: later(73 * hour), nobody: { strong: m.silence_replaced() } });
		const last = answers({ ...drawn, since: later(rulingLimit - hour) }, later(rulingLimit - hour));
		expect(last).toMatchObject({ until: later(rulingLimit), nobody: { strong: m.nobody_stalemate() } });
	});

	test('a ruling is the loser’s to appeal, and silence carries it out', () => {
		const ruled = { status: 'Ruled', arbitrator: '0xa1', ruling: 'Buyer', appealUntil: later(hour) } as const;
		expect(answers(ruled, opened)).toMatchObject({
			until: later(hour),
			whose: { strong: 'Ben' },
			nobody: { strong: m.silence_ruled_you() }
		});
		expect(answers(ruled, opened, { ...buyer, me: 'seller' })).toMatchObject({
			whose: { strong: m.whose_yours() },
			nobody: { strong: m.silence_ruled({ winner: 'Ana' }) }
		});
	});

	test('of a panel, those vote who are not excused', () => {
		const seats = (...statuses: readonly string[]) =>
			({
				seats: statuses.map((status) => ({ status, vote: status === 'Revealed' ? 'Buyer' : null }))
			}) as unknown as NonNullable<CaseDocument['appeal']>;
		const panel = (...statuses: readonly string[]) =>
			answers({ status: 'PanelSeated', appeal: seats(...statuses) }, opened);
		const votes = (...statuses: readonly string[]) => panel(...statuses)?.whose.more;
		expect(votes('Seated', 'Committed', 'Revealed')).toBe(m.case_panel({ shown: '1' }));
		expect(votes('Excused', 'Revealed', 'Revealed')).toBe(m.case_panel_two({ shown: '2' }));
		expect(votes('Excused', 'Excused', 'Revealed')).toBe(m.case_panel_few({ shown: '1' }));
		expect(panel('Seated', 'Excused', 'Seated')?.nobody.more).toBe(m.case_panel_next());
		expect(panel('Excused', 'Excused', 'Seated')?.nobody).toEqual({
			strong: m.silence_panel(),
			more: m.case_panel_few_next()
		});
	});

	test('what is decided is anybody’s to carry out, until the order’s own deadline', () => {
		const decided = { whose: { strong: m.whose_anybody() }, until: null, nobody: { strong: m.nobody_stalemate() } };
		const days = 86_400;
		const ruled = { ruling: 'Buyer', appealUntil: later(2 * days), arbitrator: '0xa1' } as const;
		const appeal = { at: opened, seats: [] } as unknown as NonNullable<CaseDocument['appeal']>;
		for (const [changes, over] of [
			[{ ...ruled, status: 'Ruled' }, 2 * days],
			[{ ...ruled, status: 'PanelWaiting', appeal }, 7 * days],
			[{ ...ruled, status: 'PanelVoid', appeal }, 7 * days],
			[{ ...ruled, status: 'PanelSeated', appeal }, 2 * hour]
		] as const) {
			expect(answers(changes, later(over)), changes.status).not.toMatchObject(decided);
			expect(answers(changes, later(over + 1)), changes.status).toMatchObject(decided);
		}
		expect(answers({ ...ruled, status: 'PanelFallen', appeal }, opened)).toMatchObject(decided);
		expect(caseHeadline({ ...dispute, status: 'PanelFallen' }, rules, opened)).toBe(m.case_headline_decided());
	});

	test('a keeper carries out what is decided, as long as it has its chance', () => {
		const ruled = { status: 'Ruled', ruling: 'Buyer', appealUntil: later(2 * 86_400), arbitrator: '0xa1' } as const;
		const strong = (seconds: number) => answers(ruled, later(2 * 86_400 + seconds), buyer, true)?.whose.strong;
		expect(strong(1)).toBe(m.whose_keeper());
		expect(strong(keeperChance + 1)).toBe(m.whose_anybody());
	});

	test('a case that was closed says how its order ended', () => {
		const closed = { ...dispute, status: 'Closed' } as const;
		const said = (order: OrderStatus, me: Perspective['me'] = 'buyer') =>
			caseSentence(closed, rules, { ...buyer, me }, '0x00', order).now;
		expect(said('Settled')).toBe(m.case_settled());
		expect([said('Cancelled', 'seller'), said('Cancelled')]).toEqual([
			m.case_gave_back_you(),
			m.case_gave_back({ seller: 'Ben' })
		]);
		expect([said('Completed'), said('Completed', null)]).toEqual([
			m.case_confirmed_you(),
			m.case_confirmed({ buyer: 'Ana' })
		]);
		expect(said('Stalemate')).toBe(m.case_stalemate());
		// The case is told of before its order is.
		expect(said('Disputed')).toBe(m.case_closed());
	});

	test('a case answers its parties alone', () => {
		expect(answers({}, opened, { ...buyer, me: null })).toBeNull();
	});
});
