import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitrationFee, formatAmount, halve, InvalidAmount, parseAmount, sumAmounts } from './money.ts';

describe('amounts', () => {
	test.each([
		['12.5', 6, 12_500_000n],
		['.5', 2, 50n],
		['7.', 3, 7000n],
		['0', 18, 0n],
		[' 1 ', 0, 1n]
	])('reads %s with %i decimals', (text, decimals, units) => {
		expect(parseAmount(text, decimals)).toBe(units);
	});

	test.each([
		['', 6],
		['.', 6],
		['-1', 6],
		['1e3', 6],
		['1,5', 6],
		['1.2345678', 6],
		['1.0', 0],
		['٣', 6],
		['1 000', 6]
	])('refuses %j with %i decimals', (text, decimals) => {
		expect(() => parseAmount(text, decimals)).toThrow(InvalidAmount);
	});

	test('pads to the places that are asked for, and cuts nothing off', () => {
		expect(formatAmount('12500000', 6, 2)).toBe('12.50');
		expect(formatAmount('12345678', 6, 2)).toBe('12.345678');
		expect(formatAmount('12', 0, 2)).toBe('12');
		expect(formatAmount(-5n, 1)).toBe('-0.5');
	});

	test('what is formatted is read back exactly', () => {
		fc.assert(
			fc.property(fc.bigInt({ min: 0n, max: 2n ** 96n }), fc.nat(28), fc.nat(28), (units, decimals, places) => {
				expect(parseAmount(formatAmount(units, decimals, places), decimals)).toBe(units);
			})
		);
	});

	test('sums are exact', () => {
		expect(sumAmounts(['9007199254740993', 2n])).toBe(9_007_199_254_740_995n);
	});
});

test('the arbitration fee is 5 % rounded up, at least the minimum', () => {
	expect(arbitrationFee(1_000_000_001n, 5n)).toBe(50_000_001n);
	expect(arbitrationFee(100n, 5n)).toBe(5n);
	expect(arbitrationFee(10n, 7n)).toBe(7n);
});

test('a stalemate gives the odd unit to the buyer', () => {
	expect(halve(7n)).toEqual({ buyer: 4n, seller: 3n });
});
