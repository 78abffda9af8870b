// A review that its author's wallet signed: nobody, the server included, can invent one or change a word.
import { hashTypedData, type TypedDataDefinition } from 'viem';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { isSignedBy, type AskContract } from '#lib/domain/signature.ts';
import type { Scope } from '#lib/crypto/encoding.ts';
import { BadSignature } from '#lib/crypto/errors.ts';

/** What is signed, as plain JSON. `rating` is 1 to 5; `signedAt` in Unix seconds. */
export type Review = Scope & {
	orderId: Hex;
	author: Wallet;
	target: Wallet;
	rating: number;
	text: string;
	signedAt: number;
};

const types = {
	Review: [
		{ name: 'orderId', type: 'bytes32' },
		{ name: 'author', type: 'address' },
		{ name: 'target', type: 'address' },
		{ name: 'rating', type: 'uint8' },
		{ name: 'text', type: 'string' },
		{ name: 'signedAt', type: 'uint64' }
	]
} as const;

/** The EIP-712 typed data of a review, ready for `signTypedData` of any wallet. */
export function reviewTypedData(review: Review): TypedDataDefinition<typeof types, 'Review'> {
	const { chainId, escrow, ...message } = review;
	return {
		domain: { name: 'Holdfast', version: '1', chainId, verifyingContract: escrow },
		types,
		primaryType: 'Review',
		message: { ...message, signedAt: BigInt(review.signedAt) }
	};
}

/**
 * Checks that the author's wallet signed the review; that the order ended with both as its parties is the chain's to say.
 * @throws {BadSignature}
 * @throws whatever `askContract` throws when the chain cannot be reached
 */
export async function requireReview(review: Review, signature: Hex, askContract?: AskContract): Promise<void> {
	const digest = hashTypedData(reviewTypedData(review));
	if (!(await isSignedBy(review.author, digest, signature, askContract)))
		throw new BadSignature({ what: 'review', by: review.author });
}
