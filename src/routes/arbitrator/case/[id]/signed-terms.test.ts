import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { orderIdOf } from '#lib/chain/order-id.ts';
import { hashOffer, offerTypedData, type Offer } from '#lib/domain/offer.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import { hashProduct, type ProductContent } from '#lib/domain/product.ts';
import { anOrder, bytes32 } from '#tests/support/order.ts';
import { checkTerms, isProven } from './signed-terms.ts';

const account = privateKeyToAccount(generatePrivateKey());
const seller = account.address.toLowerCase() as Wallet;
const escrow: Wallet = `0x${'e5'.repeat(20)}`;
const salt = bytes32('salt of the description');
const content: ProductContent = {
	...{ kind: 'physical', title: 'A vase', summary: 'A vase', description: 'Not cracked.', images: [], goods: null }
};

/** An order as it was made, with the offer that its seller signed. */
async function sold() {
	const base = anOrder();
	const productHash = hashProduct(content, salt);
	const { token, tokenId, amount, confirmHours, releaseHours, buyer, buyerKeyHash, chainId } = {
		...base,
		chainId: 31_337
	};
	const offer: Offer = {
		...{ chainId, escrow, seller, productHash, token, unitPrice: amount, shippingCost: '0', region: '' },
		...{ confirmHours, releaseHours, validUntil: 4_000_000_000, listingId: 'a'.repeat(32), nonce: '1' },
		sellerKeyHash: bytes32('keys')
	};
	const signature = await account.signTypedData(offerTypedData(offer));
	const termsHash = hashOffer(offer);
	const params = {
		...{ seller, tokenId, token, amount: BigInt(amount), confirmHours, releaseHours },
		...{ termsHash, productHash, buyerKeyHash, salt: base.salt }
	};
	const orderId = orderIdOf({ chainId, escrow }, buyer, params);
	const order = { ...base, chainId, orderId, seller, productHash, termsHash } as unknown as OrderDocument;
	return { order, signed: { offer, signature } };
}
const forged: ProductContent = { ...content, description: 'Cracked, as told.' };

test('what was signed and sold is proven', async () => {
	const { order, signed } = await sold();
	const check = await checkTerms(order, escrow, { signed, content, salt });
	expect(check).toEqual({ offer: 'good', content: 'good', differ: [] });
	expect(isProven(check)).toBe(true);
	// The description is not here: the signature still holds for what is shown.
	expect(isProven(await checkTerms(order, escrow, { signed, content: null, salt: null }))).toBe(true);
});

describe('a node that shows another description', () => {
	test('is found out by its hash', async () => {
		const { order, signed } = await sold();
		const check = await checkTerms(order, escrow, { signed, content: forged, salt });
		expect(check).toMatchObject({ offer: 'good', content: 'bad' });
		expect(isProven(check)).toBe(false);
	});
	test('proves nothing where it keeps the salt back', async () => {
		const { order, signed } = await sold();
		const check = await checkTerms(order, escrow, { signed, content: forged, salt: null });
		expect(check).toMatchObject({ offer: 'good', content: 'unknown' });
		expect(isProven(check)).toBe(false);
	});
	test('is found out by the order’s id where it changes the order to fit', async () => {
		const { order, signed } = await sold();
		const other = { ...order, productHash: hashProduct(forged, salt) };
		for (const offer of [signed, null]) {
			const check = await checkTerms(other, escrow, { signed: offer, content: forged, salt });
			expect(check).toMatchObject({ offer: 'bad', content: 'bad' });
		}
		const elsewhere = await checkTerms(order, `0x${'aa'.repeat(20)}`, { signed, content, salt });
		expect(isProven(elsewhere)).toBe(false);
	});
});
