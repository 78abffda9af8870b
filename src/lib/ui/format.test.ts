import { afterEach, expect, test } from 'vitest';
import { baseLocale, overwriteGetLocale } from '#lib/paraglide/runtime.js';
import { formatAmount, formatChange, formatMoneyChange } from './format.ts';

const usdt = { decimals: 6, symbol: 'USDT' };
afterEach(() => overwriteGetLocale(() => baseLocale));

test('what is added has its sign', () => {
	expect(formatMoneyChange(2_500_000n, usdt)).toBe('+2.50\u00a0USDT');
	expect(formatMoneyChange(-50_000_000n, usdt)).toBe('−50.00\u00a0USDT');
	expect(formatMoneyChange(0n, usdt)).toBe('0.00\u00a0USDT');
	expect(formatAmount(-10_000_000n, 6)).toBe('−10.00');
});

test('among words that are read from right to left a sign stays before its number', () => {
	overwriteGetLocale(() => 'ar');
	expect(formatMoneyChange(-50_000_000n, usdt)).toBe('\u2066−50.00\u00a0USDT\u2069');
	expect(formatAmount(-10_000_000n, 6)).toBe('\u2066−10.00\u2069');
	expect(formatChange(-10)).toMatch(/^\u2066.*−10\u2069$/);
});
