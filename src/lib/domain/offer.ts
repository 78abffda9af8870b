// The signed terms of a sale. A seller signs one Offer for each price; an order names it by its hash, so neither the
// server nor either party can change later what was sold. Runs in the browser (sign, check before paying), on the
// server (check before listing) and in the projection (compare with the order on chain).
import { hashTypedData, type Address, type Hex, type TypedDataDefinition } from 'viem';
import { isSignedBy, type AskContract } from './signature.ts';

/**
 * What a seller signs, as plain JSON. Addresses are lower case, amounts are decimal strings of the token's base units,
 * times are Unix seconds. `chainId` and `escrow` go into the EIP-712 domain, the rest into the message.
 */
export type Offer = {
	chainId: number;
	escrow: Address;
	seller: Address;
	/** keccak256 of the seller's public keys, zero if it has none: pins whom the buyer's messages are encrypted to. */
	sellerKeyHash: Hex;
	token: Address;
	unitPrice: string;
	/** Added once to an order, whatever its quantity. */
	shippingCost: string;
	/** Where the shipping cost applies: a region of the listing, empty where nothing is shipped. */
	region: string;
	/** Commits to the listing's content: see `hashProduct`. */
	productHash: Hex;
	confirmHours: number;
	releaseHours: number;
	/** Last second in which an order may be created under this offer. */
	validUntil: number;
	listingId: string;
	/** Tells two otherwise equal offers apart; a decimal string up to `uint256`. */
	nonce: string;
};

export type SignedOffer = { offer: Offer; signature: Hex };

/** The fields of a created order that its offer fixes; all of them are in the escrow's creation event. */
export type OrderTerms = {
	chainId: number;
	escrow: Address;
	seller: Address;
	token: Address;
	amount: string;
	termsHash: Hex;
	productHash: Hex;
	confirmHours: number;
	releaseHours: number;
	/** Time of the block that created the order, Unix seconds. */
	createdAt: number;
};

export type OfferMismatch = Exclude<keyof OrderTerms, 'createdAt'> | 'validUntil';

export const zeroHash: Hex = `0x${'0'.repeat(64)}`;

const types = {
	Offer: [
		{ name: 'seller', type: 'address' },
		{ name: 'sellerKeyHash', type: 'bytes32' },
		{ name: 'token', type: 'address' },
		{ name: 'unitPrice', type: 'uint96' },
		{ name: 'shippingCost', type: 'uint96' },
		{ name: 'region', type: 'string' },
		{ name: 'productHash', type: 'bytes32' },
		{ name: 'confirmHours', type: 'uint16' },
		{ name: 'releaseHours', type: 'uint16' },
		{ name: 'validUntil', type: 'uint64' },
		{ name: 'listingId', type: 'string' },
		{ name: 'nonce', type: 'uint256' }
	]
} as const;

/** The EIP-712 typed data of an offer, ready for `signTypedData` of any wallet. */
export function offerTypedData(offer: Offer): TypedDataDefinition<typeof types, 'Offer'> {
	const { chainId, escrow, ...terms } = offer;
	return {
		domain: { name: 'Holdfast', version: '1', chainId, verifyingContract: escrow },
		types,
		primaryType: 'Offer',
		message: {
			...terms,
			unitPrice: BigInt(offer.unitPrice),
			shippingCost: BigInt(offer.shippingCost),
			validUntil: BigInt(offer.validUntil),
			nonce: BigInt(offer.nonce)
		}
	};
}

/** The EIP-712 digest of an offer: what is signed, and the `termsHash` of every order made under it. */
export function hashOffer(offer: Offer): Hex {
	return hashTypedData(offerTypedData(offer));
}

/**
 * Whether the offer's seller signed it: see `isSignedBy`.
 * @throws whatever `askContract` throws when the chain cannot be reached
 */
export function verifyOffer({ offer, signature }: SignedOffer, askContract?: AskContract): Promise<boolean> {
	return isSignedBy(offer.seller, hashOffer(offer), signature, askContract);
}

/** What `quantity` units cost under the offer, in base units. */
export function orderAmount(offer: Offer, quantity: number): bigint {
	return BigInt(offer.unitPrice) * BigInt(quantity) + BigInt(offer.shippingCost);
}

/** How many units an order of `amount` base units buys under the offer, or null where no whole number costs that. */
export function quantityFor(offer: Offer, amount: string): number | null {
	const goods = BigInt(amount) - BigInt(offer.shippingCost);
	const unit = BigInt(offer.unitPrice);
	if (unit <= 0n || goods <= 0n || goods % unit !== 0n) return null;
	const quantity = Number(goods / unit);
	return Number.isSafeInteger(quantity) ? quantity : null;
}

/**
 * Which fields of a created order are not what the seller signed. Empty means that the order is a sale under the offer;
 * anything else is flagged, does not count as a sale, and the seller's client refunds it.
 */
export function offerMismatches(order: OrderTerms, offer: Offer): OfferMismatch[] {
	const wrong: OfferMismatch[] = [];
	for (const field of ['chainId', 'escrow', 'seller', 'token', 'productHash', 'confirmHours', 'releaseHours'] as const)
		if (order[field] !== offer[field]) wrong.push(field);
	if (order.termsHash !== hashOffer(offer)) wrong.push('termsHash');
	if (quantityFor(offer, order.amount) === null) wrong.push('amount');
	if (order.createdAt > offer.validUntil) wrong.push('validUntil');
	return wrong;
}
