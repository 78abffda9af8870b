import { expect, test } from 'vitest';
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import { m } from '#lib/paraglide/messages.js';
import { poolRules } from '#tests/support/case.ts';
import { seatAnswers } from './seat-words.ts';

test('who could be drawn and has no weight yet is not told that they can be', () => {
	const answers = (weight: number) => {
		const seat = { stake: '500000000', weight, openCases: 0 } as ArbitratorDocument;
		const pool = { rules: poolRules, totalWeight: 10 };
		return seatAnswers(seat, 'drawable', pool, { token: { symbol: 'USDT', decimals: 6 }, chain: 'Chain' });
	};
	expect(answers(10)).toMatchObject({ headline: m.seat_drawable(), tone: 'done' });
	expect(answers(0)).toMatchObject({ headline: m.seat_due(), tone: 'turn', draw: { strong: m.seat_draw_no() } });
});
