import { hashOffer, verifyOffer } from '#lib/domain/offer.ts';
import { hashProduct, type ProductContent } from '#lib/domain/product.ts';
import type { SignedOffer } from '#lib/domain/offer.ts';
import type { Price } from '#lib/domain/product.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';

/** What a page shows of a listing, as far as its seller signed it. */
export type ShownTerms = ProductContent & {
	salt: Hex;
	seller: Wallet;
	confirmHours: number;
	releaseHours: number;
	prices: readonly (Pick<Price, 'chainId' | 'token' | 'unitPrice' | 'shippingCost' | 'region'> & {
		termsHash: Hex | null;
	})[];
	offers: readonly (SignedOffer & { termsHash: Hex })[];
};

/**
 * Compares what is shown with what the seller signed, in the browser, so that nobody has to trust the node:
 * the content's hash, each price and both windows, and the signature over them. `unknown` where the signature is no
 * ECDSA signature: then the seller's contract would have to be asked.
 */
export async function checkTerms(shown: ShownTerms): Promise<'signed' | 'differs' | 'unknown'> {
	const productHash = hashProduct(shown, shown.salt);
	let unknown = false;
	for (const price of shown.prices) {
		const signed = shown.offers.find(({ termsHash }) => termsHash === price.termsHash);
		if (!signed) return 'differs';
		const { offer } = signed;
		const same =
			offer.productHash === productHash &&
			offer.seller === shown.seller &&
			offer.chainId === price.chainId &&
			offer.token === price.token &&
			offer.unitPrice === price.unitPrice &&
			offer.shippingCost === price.shippingCost &&
			offer.region === price.region &&
			offer.confirmHours === shown.confirmHours &&
			offer.releaseHours === shown.releaseHours &&
			hashOffer(offer) === signed.termsHash;
		if (!same) return 'differs';
		if (!(await verifyOffer(signed))) unknown = true;
	}
	return unknown ? 'unknown' : 'signed';
}
