import { expect, test } from 'vitest';
import { m } from '#lib/paraglide/messages.js';
import { contractOf, forcedStalemate } from './actions.ts';

test('the escrow’s end in halves says that it undoes a ruling where there is one, and does without the pool', () => {
	const [undecided, decided] = [forcedStalemate({ ruling: null }), forcedStalemate({ ruling: 'Buyer' })];
	expect(undecided).toMatchObject({ more: m.duty_force_more(), ends: true });
	expect(decided).toMatchObject({ more: m.duty_force_ruled_more(), ends: true });
	expect(contractOf(decided.call)).toBe('escrow');
});
