// A review that its author's wallet signed, and the answer that its target's wallet signed: nobody, the server included,
// can invent one or change a word.
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
	const { chainId, escrow, orderId, author, target, rating, text, signedAt } = review;
	return {
		domain: { name: 'Holdfast', version: '1', chainId, verifyingContract: escrow },
		types,
		primaryType: 'Review',
		message: { orderId, author, target, rating, text, signedAt: BigInt(signedAt) }
	};
}

/** What the target of a review answers, as plain JSON. `review` is the review's digest ({@link hashReview}). */
export type ReviewReply = Scope & {
	orderId: Hex;
	review: Hex;
	author: Wallet;
	text: string;
	signedAt: number;
};

const replyTypes = {
	ReviewReply: [
		{ name: 'orderId', type: 'bytes32' },
		{ name: 'review', type: 'bytes32' },
		{ name: 'author', type: 'address' },
		{ name: 'text', type: 'string' },
		{ name: 'signedAt', type: 'uint64' }
	]
} as const;

/** The digest that a review's signature is over, and by which an answer names the review. */
export function hashReview(review: Review): Hex {
	return hashTypedData(reviewTypedData(review));
}

/** The EIP-712 typed data of an answer, ready for `signTypedData` of any wallet. */
export function replyTypedData(reply: ReviewReply): TypedDataDefinition<typeof replyTypes, 'ReviewReply'> {
	const { chainId, escrow, ...message } = reply;
	return {
		domain: { name: 'Holdfast', version: '1', chainId, verifyingContract: escrow },
		types: replyTypes,
		primaryType: 'ReviewReply',
		message: { ...message, signedAt: BigInt(reply.signedAt) }
	};
}

/**
 * Checks that its author's wallet signed the answer, to the very review whose digest it names.
 * @throws {BadSignature}
 * @throws whatever `askContract` throws when the chain cannot be reached
 */
export async function requireReply(reply: ReviewReply, signature: Hex, askContract?: AskContract): Promise<void> {
	if (!(await isSignedBy(reply.author, hashTypedData(replyTypedData(reply)), signature, askContract)))
		throw new BadSignature({ what: 'review-reply', by: reply.author });
}

/**
 * Checks that the author's wallet signed the review; that the order ended with both as its parties is the chain's to say.
 * @throws {BadSignature}
 * @throws whatever `askContract` throws when the chain cannot be reached
 */
export async function requireReview(review: Review, signature: Hex, askContract?: AskContract): Promise<void> {
	if (!(await isSignedBy(review.author, hashReview(review), signature, askContract)))
		throw new BadSignature({ what: 'review', by: review.author });
}
