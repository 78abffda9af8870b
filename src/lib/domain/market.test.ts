import { describe, expect, test } from 'vitest';
import { marketSearch } from './market.ts';

describe('what a search is for', () => {
	test('says each value once, in its order, however often it was said', () => {
		const kind = ['service', 'digital', 'service', 'digital'];
		const token = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 'USDT' : 'DAI'));
		expect(marketSearch.parse({ kind, token })).toMatchObject({ kind: ['service', 'digital'], token: ['USDT', 'DAI'] });
	});

	test('takes no more tokens than twelve', () => {
		const token = Array.from({ length: 13 }, (_, index) => `T${index}`);
		expect(marketSearch.safeParse({ token }).success).toBe(false);
		expect(marketSearch.safeParse({ token: token.slice(1) }).success).toBe(true);
	});
});
