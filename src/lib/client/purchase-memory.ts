import type { Hex, Wallet } from '#lib/domain/order.ts';

// What was begun of a payment, so that a page that is loaded again goes on with it: nothing is asked for twice, and
// nothing is bought twice. Light: a product's page looks here before any wallet code is loaded.

/** A payment under way. */
export type Begun = {
	quantity: number;
	/** With these the order's id is known before it exists; a second sending with the same ones is refused. */
	salt: Hex;
	buyerKeyHash: Hex;
	/** The signed allowance, its deadline in seconds. */
	permit?: { deadline: string; signature: Hex };
	/** The wallet's name for calls that it took together. */
	calls?: string;
	/** The transaction that creates the order. */
	hash?: Hex;
	/** When it was begun; a day later nobody comes back for it. */
	at: number;
};

const day = 86_400_000;
const keyOf = (buyer: Wallet, termsHash: Hex) => `holdfast.purchase:${buyer}:${termsHash}`;

/** What was begun of paying for these terms; undefined where nothing was. */
export function recallPurchase(buyer: Wallet, termsHash: Hex): Begun | undefined {
	try {
		const begun = JSON.parse(localStorage.getItem(keyOf(buyer, termsHash)) ?? 'null') as Begun | null;
		return begun !== null && Date.now() - begun.at < day ? begun : undefined;
	} catch {
		return undefined;
	}
}

/** Keeps how far a payment is; where nothing can be kept, a page that is loaded again begins anew. */
export function rememberPurchase(buyer: Wallet, termsHash: Hex, begun: Begun): void {
	try {
		localStorage.setItem(keyOf(buyer, termsHash), JSON.stringify(begun));
	} catch {
		// A browser that keeps nothing.
	}
}

/** Forgets a payment that came to its end, or that was given up before anything was sent. */
export function forgetPurchase(buyer: Wallet, termsHash: Hex): void {
	localStorage.removeItem(keyOf(buyer, termsHash));
}
