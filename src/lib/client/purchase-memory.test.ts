import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
	forgetPurchase,
	forgetPurchases,
	giveUpPurchase,
	recallPurchase,
	rememberPurchase,
	type Begun
} from './purchase-memory.ts';

const [buyer, other, terms] = [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`, `0x${'3'.repeat(64)}`] as const;
const [salt, later] = [`0x${'4'.repeat(64)}`, `0x${'5'.repeat(64)}`] as const;
const begun = (more: Partial<Begun> = {}): Begun => ({
	...{ quantity: 1, salt, buyerKeyHash: terms, at: Date.now() },
	...more
});

// A browser's store: Node.js has none.
beforeEach(() => {
	const store: Record<string, string> = {};
	const method = (call: (...given: string[]) => unknown) => ({ value: call, enumerable: false });
	Object.defineProperties(store, {
		getItem: method((name = '') => store[name] ?? null),
		setItem: method((name = '', value = '') => (store[name] = value)),
		removeItem: method((name = '') => delete store[name])
	});
	vi.stubGlobal('localStorage', store);
});

describe('what a browser keeps of a payment', () => {
	// Another salt would be another order: the escrow could not tell that it is paid for twice.
	it.each([{ asked: true }, { hash: terms }, { calls: '0x1' }])('stays where it may have been sent: %o', (sent) => {
		rememberPurchase(buyer, terms, begun(sent));
		giveUpPurchase(buyer, terms, salt);
		expect(recallPurchase(buyer, terms)).toMatchObject(sent);
	});

	it('goes where the person said no before anything was sent', () => {
		rememberPurchase(buyer, terms, begun());
		giveUpPurchase(buyer, terms, salt);
		expect(recallPurchase(buyer, terms)).toBeUndefined();
	});

	// The end of the first comes late: what was begun after it would be paid twice, or lost.
	it('goes at its own end and not at that of one before it', () => {
		rememberPurchase(buyer, terms, begun({ salt: later }));
		forgetPurchase(buyer, terms, salt);
		expect(recallPurchase(buyer, terms)?.salt).toBe(later);
		forgetPurchase(buyer, terms, later);
		expect(recallPurchase(buyer, terms)).toBeUndefined();
	});

	it('goes with its wallet, and no other', () => {
		rememberPurchase(buyer, terms, begun());
		rememberPurchase(other, terms, begun());
		forgetPurchases(buyer);
		expect(recallPurchase(buyer, terms)).toBeUndefined();
		expect(recallPurchase(other, terms)?.salt).toBe(salt);
	});

	it('is nothing, and no error, where the browser keeps nothing', () => {
		vi.stubGlobal('localStorage', {
			getItem: () => null,
			setItem: () => {
				throw new Error('QuotaExceededError');
			}
		});
		rememberPurchase(buyer, terms, begun());
		expect(recallPurchase(buyer, terms)).toBeUndefined();
	});
});
