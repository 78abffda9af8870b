import fc from 'fast-check';
import { concat, keccak256, numberToHex, pad, stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import {
	hashOffer,
	offerMismatches,
	offerTypedData,
	orderAmount,
	quantityFor,
	verifyOffer,
	zeroHash,
	type Offer,
	type OrderTerms
} from './offer.ts';

const seller = privateKeyToAccount('0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a');
const stranger = privateKeyToAccount('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d');

const offer: Offer = {
	chainId: 31337,
	escrow: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
	seller: '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
	sellerKeyHash: zeroHash,
	token: '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512',
	unitPrice: '140000000',
	shippingCost: '9500000',
	region: 'Europe',
	productHash: `0x${'ab'.repeat(32)}`,
	confirmHours: 24,
	releaseHours: 72,
	validUntil: 1_800_000_000,
	listingId: '0123456789abcdef0123456789abcdef',
	nonce: '7'
};

describe('hashing', () => {
	test('every field and the contract are in the hash', () => {
		const other: Offer = {
			chainId: 31338,
			escrow: stranger.address,
			seller: stranger.address,
			sellerKeyHash: `0x${'01'.repeat(32)}`,
			token: stranger.address,
			unitPrice: '140000001',
			shippingCost: '0',
			region: 'Asia',
			productHash: zeroHash,
			confirmHours: 25,
			releaseHours: 73,
			validUntil: 1_800_000_001,
			listingId: 'f'.repeat(32),
			nonce: '8'
		};
		const hashes = (Object.keys(other) as (keyof Offer)[]).map((field) =>
			hashOffer({ ...offer, [field]: other[field] })
		);
		expect(new Set([...hashes, hashOffer(offer)]).size).toBe(Object.keys(other).length + 1);
	});

	// By EIP-712 step for step, so that no change of the types goes unnoticed: orders on chain name their terms by it.
	test('is that of EIP-712', () => {
		const typeHash = keccak256(
			stringToHex(
				'Offer(address seller,bytes32 sellerKeyHash,address token,uint96 unitPrice,uint96 shippingCost,string region,' +
					'bytes32 productHash,uint16 confirmHours,uint16 releaseHours,uint64 validUntil,string listingId,uint256 nonce)'
			)
		);
		const text = (value: string) => keccak256(stringToHex(value));
		const number = (value: string | number) => numberToHex(BigInt(value), { size: 32 });
		const struct = concat([
			typeHash,
			pad(offer.seller),
			offer.sellerKeyHash,
			pad(offer.token),
			number(offer.unitPrice),
			number(offer.shippingCost),
			text(offer.region),
			offer.productHash,
			number(offer.confirmHours),
			number(offer.releaseHours),
			number(offer.validUntil),
			text(offer.listingId),
			number(offer.nonce)
		]);
		const domain = concat([
			text('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
			text('Holdfast'),
			text('1'),
			number(offer.chainId),
			pad(offer.escrow)
		]);
		expect(hashOffer(offer)).toBe(keccak256(concat(['0x1901', keccak256(domain), keccak256(struct)])));
	});
});

describe('signing', () => {
	test('the seller’s signature over the typed data verifies, a stranger’s or one over other terms does not', async () => {
		const signature = await seller.signTypedData(offerTypedData(offer));
		expect(await verifyOffer({ offer, signature })).toBe(true);
		expect(await verifyOffer({ offer: { ...offer, unitPrice: '1' }, signature })).toBe(false);
		expect(await verifyOffer({ offer, signature: await stranger.signTypedData(offerTypedData(offer)) })).toBe(false);
		for (const broken of ['0x', '0x00', signature.slice(0, -2), `${signature}00`, `0x${'00'.repeat(65)}`])
			expect(await verifyOffer({ offer, signature: broken as `0x${string}` })).toBe(false);
	});

	test('where the key did not sign, the seller’s contract is asked; its silence is not a no', async () => {
		const asked: unknown[] = [];
		const signature = '0x1234';
		const yes = await verifyOffer({ offer, signature }, async (...question) => asked.push(question) > 0);
		expect(yes).toBe(true);
		expect(asked).toEqual([[offer.seller, hashOffer(offer), signature]]);
		expect(await verifyOffer({ offer, signature }, async () => false)).toBe(false);
		await expect(verifyOffer({ offer, signature }, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
	});
});

describe('an order under an offer', () => {
	const order: OrderTerms = {
		chainId: offer.chainId,
		escrow: offer.escrow,
		seller: offer.seller,
		token: offer.token,
		amount: orderAmount(offer, 2).toString(),
		termsHash: hashOffer(offer),
		productHash: offer.productHash,
		confirmHours: offer.confirmHours,
		releaseHours: offer.releaseHours,
		createdAt: offer.validUntil
	};

	test('matches when every field does', () => {
		expect(offerMismatches(order, offer)).toEqual([]);
	});

	test.each<[field: string, change: Partial<OrderTerms>]>([
		['chainId', { chainId: 1 }],
		['escrow', { escrow: offer.token }],
		['seller', { seller: offer.token }],
		['token', { token: offer.escrow }],
		['productHash', { productHash: zeroHash }],
		['confirmHours', { confirmHours: 48 }],
		['releaseHours', { releaseHours: 24 }],
		['termsHash', { termsHash: zeroHash }],
		['amount', { amount: (orderAmount(offer, 2) - 1n).toString() }],
		['amount', { amount: offer.shippingCost }],
		['validUntil', { createdAt: offer.validUntil + 1 }]
	])('differs in %s', (field, change) => {
		expect(offerMismatches({ ...order, ...change }, offer)).toEqual([field]);
	});

	test('the quantity is what the amount buys, and no other amount buys it', () => {
		const price = fc.bigInt({ min: 1n, max: 2n ** 90n }).map(String);
		const shipping = fc.bigInt({ min: 0n, max: 2n ** 90n }).map(String);
		fc.assert(
			fc.property(price, shipping, fc.integer({ min: 1, max: 1_000_000 }), (unitPrice, shippingCost, quantity) => {
				const terms = { ...offer, unitPrice, shippingCost };
				expect(quantityFor(terms, orderAmount(terms, quantity).toString())).toBe(quantity);
				if (unitPrice !== '1') expect(quantityFor(terms, (orderAmount(terms, quantity) + 1n).toString())).toBeNull();
			})
		);
	});

	test('a price of zero buys nothing', () => {
		expect(quantityFor({ ...offer, unitPrice: '0' }, '9500000')).toBeNull();
	});
});
