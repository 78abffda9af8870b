import type { Address, Hex } from 'viem';
import type { PublicChain } from '#lib/chain/chains.ts';
import { signOffer } from '#lib/client/escrow.ts';
import { ownKeyHash } from '#lib/client/own-key.ts';
import type { SignedOffer } from '#lib/domain/offer.ts';
import { offerFor, type Price } from '#lib/domain/product.ts';

/** How long a signed price stands. */
const validSeconds = 180 * 86_400;

/** A saved draft, as far as an offer repeats it. */
export type Signable = {
	id: string;
	seller: { wallet: Address };
	productHash: Hex;
	confirmHours: number;
	releaseHours: number;
	prices: readonly Price[];
};

/**
 * Has the wallet sign one offer for each price.
 * @param onNext called with the number of the price that the wallet is asked for, from 1
 * @throws what the wallet answers; failure.ts names it
 */
export async function signOffers(
	product: Signable,
	chains: readonly PublicChain[],
	onNext: (number: number) => void
): Promise<SignedOffer[]> {
	const sellerKeyHash = await ownKeyHash(product.seller.wallet);
	const signed: SignedOffer[] = [];
	const validUntil = Math.floor(Date.now() / 1000) + validSeconds;
	for (const [index, price] of product.prices.entries()) {
		const chain = chains.find(({ chainId }) => chainId === price.chainId);
		if (!chain) continue;
		onNext(index + 1);
		const { chainId, token, unitPrice, shippingCost, region } = price;
		const offer = {
			...offerFor(
				{ ...product, seller: product.seller.wallet },
				{ chainId, token, unitPrice, shippingCost, region },
				chain.escrow.toLowerCase() as Address
			),
			sellerKeyHash,
			validUntil,
			nonce: randomNonce()
		};
		signed.push({ offer, signature: await signOffer(offer) });
	}
	return signed;
}

/** 128 random bits as a decimal string. */
function randomNonce(): string {
	return crypto
		.getRandomValues(new BigUint64Array(2))
		.reduce((sum, part) => (sum << 64n) + part, 0n)
		.toString();
}
