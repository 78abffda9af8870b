import { describe, expect, it } from 'vitest';
import { isReviewOf } from './review.ts';

const [target, other, escrow] = [`0x${'a'.repeat(40)}`, `0x${'b'.repeat(40)}`, `0x${'c'.repeat(40)}`] as const;
const orderId = `0x${'d'.repeat(64)}` as const;
const review = { chainId: 1, escrow, orderId, target };

describe('what a review is shown for', () => {
	it('is the wallet and the order that were signed', () => {
		expect(isReviewOf(review, { about: 'wallet', id: target }, `0x${'C'.repeat(40)}`)).toBe(true);
		expect(isReviewOf(review, { about: 'order', id: `1:${orderId}` }, escrow)).toBe(true);
		expect(isReviewOf(review, { about: 'product', id: 'e'.repeat(32) }, escrow)).toBe(true);
	});

	// A node could show what was signed about one wallet on the profile of another, with a mark that says it was checked.
	it('is no other wallet and no other order', () => {
		expect(isReviewOf(review, { about: 'wallet', id: other }, escrow)).toBe(false);
		expect(isReviewOf(review, { about: 'order', id: `2:${orderId}` }, escrow)).toBe(false);
	});

	it('is nothing of an escrow that is not the chain’s', () => {
		for (const about of ['wallet', 'product'] as const) {
			expect(isReviewOf(review, { about, id: target }, other)).toBe(false);
			expect(isReviewOf(review, { about, id: target }, undefined)).toBe(false);
		}
	});
});
