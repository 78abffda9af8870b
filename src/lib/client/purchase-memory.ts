import type { Hex, Wallet } from '#lib/domain/order.ts';
import { forget, forgetAll, keep, recall } from '#lib/client/kept.ts';

// What was begun of a payment, so that a page that is loaded again goes on with it: nothing is asked for twice, and
// nothing is bought twice. Light: a product's page looks here before any wallet code is loaded.

/** A payment under way. */
export type Begun = {
	quantity: number;
	/** With these the order's id is known before it exists; a second sending with the same ones is refused. */
	salt: Hex;
	buyerKeyHash: Hex;
	/** The wallet was asked to send, and did not say that it did not: it may have. */
	asked?: boolean;
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
const keyOf = (buyer: Wallet, termsHash: Hex | '') => `holdfast.purchase:${buyer}:${termsHash}`;

/** What was begun of paying for these terms; undefined where nothing was. */
export function recallPurchase(buyer: Wallet, termsHash: Hex): Begun | undefined {
	try {
		const begun = JSON.parse(recall(keyOf(buyer, termsHash)) ?? 'null') as Begun | null;
		return begun !== null && Date.now() - begun.at < day ? begun : undefined;
	} catch {
		return undefined;
	}
}

/** Keeps how far a payment is; where nothing can be kept, a page that is loaded again begins anew. */
export function rememberPurchase(buyer: Wallet, termsHash: Hex, begun: Begun): void {
	keep(keyOf(buyer, termsHash), JSON.stringify(begun));
}

/** Forgets the payment of a salt that came to its end; one that was begun after it stays. */
export function forgetPurchase(buyer: Wallet, termsHash: Hex, salt: Hex): void {
	if (recallPurchase(buyer, termsHash)?.salt === salt) forget(keyOf(buyer, termsHash));
}

/** Forgets a payment that was given up, if nothing of it can have been sent: what may come into a block is gone on with. */
export function giveUpPurchase(buyer: Wallet, termsHash: Hex, salt: Hex): void {
	const left = recallPurchase(buyer, termsHash);
	if (!left?.asked && !left?.hash && !left?.calls) forgetPurchase(buyer, termsHash, salt);
}

/** Forgets all that a wallet began. */
export function forgetPurchases(buyer: Wallet): void {
	forgetAll(keyOf(buyer, ''));
}
