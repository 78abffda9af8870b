import { signTypedData } from '@wagmi/core';
import {
	hashReview,
	replyTypedData,
	requireReply,
	requireReview,
	reviewTypedData,
	type Review,
	type ReviewReply
} from '#lib/crypto/review.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { isReviewOf, reviewText, type ReviewRow, type ReviewSubject } from '#lib/domain/review.ts';
import { chainOf, connected } from '#lib/client/escrow.ts';
import { post } from '#lib/client/post.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { walletChains } from '#lib/client/wallet.svelte.ts';

// Reviews as their authors sign them and as readers check them. Heavy: import it on intent.

type Signable = Parameters<typeof signTypedData>[1];

/** What is signed is dated by this browser. */
const seconds = () => Math.floor(Date.now() / 1000);

/**
 * Has the wallet sign a review, and publishes it. Costs nothing.
 * @throws {ActionError} {DomainError} and what the wallet throws; `failureOf` names all
 */
export async function publishReview(given: Omit<Review, 'signedAt'>): Promise<void> {
	const review: Review = { ...given, text: reviewText(given.text), signedAt: seconds() };
	const { chainId, orderId, rating, text, signedAt } = review;
	const signature = await sign(review, reviewTypedData(review) as Signable);
	await post('/api/v1/reviews', { chainId, orderId, rating, text, signedAt, signature });
}

/** Has the wallet of a review's target sign its answer, and publishes it. @throws as {@link publishReview} */
export async function publishReply(review: ReviewRow, typed: string): Promise<void> {
	const reply = { ...replyTo(review), text: reviewText(typed), signedAt: seconds() };
	const signature = await sign(reply, replyTypedData(reply) as Signable);
	const { text, signedAt } = reply;
	await post(`/api/v1/reviews/${encodeURIComponent(review._id)}/reply`, { text, signedAt, signature });
}

async function sign({ author, chainId }: { author: Wallet; chainId: number }, typed: Signable): Promise<Hex> {
	const { config, chainId: at } = await connected(author);
	// Wallets sign typed data for the chain on which they stand.
	if (at !== chainId) await useChain(config, chainOf(chainId));
	return (await signTypedData(config, typed)).toLowerCase() as Hex;
}

/**
 * What a check found; `elsewhere` where it was signed about another wallet, order or escrow than it is shown for,
 * `unknown` where a contract would have to be asked, for its signature is none of a key.
 */
export type ReviewVerdict = 'signed' | 'differs' | 'elsewhere' | 'unknown';

/** Checks, with nobody's help, that both wallets signed what a review and its answer show, and that it belongs there. */
export async function checkReview(row: ReviewRow, subject: ReviewSubject): Promise<ReviewVerdict> {
	const chain = walletChains().find((one) => one.chainId === row.chainId);
	if (!isReviewOf(row, subject, chain?.escrow)) return 'elsewhere';
	const { chainId, escrow, orderId, author, target, rating, text, signedAt, signature, reply } = row;
	const review = { chainId, escrow, orderId, author, target, rating, text, signedAt };
	const checks = [verdictOf(signature, () => requireReview(review, signature))];
	if (reply !== null) {
		const said = { ...replyTo(row), text: reply.text, signedAt: reply.signedAt };
		checks.push(verdictOf(reply.signature, () => requireReply(said, reply.signature)));
	}
	const found = await Promise.all(checks);
	return found.find((verdict) => verdict === 'differs') ?? found.find((verdict) => verdict === 'unknown') ?? 'signed';
}

function replyTo(review: ReviewRow): Omit<ReviewReply, 'text' | 'signedAt'> {
	const { chainId, escrow, orderId, target } = review;
	return { chainId, escrow, orderId, review: hashReview(review), author: target };
}

async function verdictOf(signature: Hex, check: () => Promise<void>): Promise<ReviewVerdict> {
	try {
		await check();
		return 'signed';
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		// A key signs with 65 bytes, or 64; a contract with any number.
		return signature.length === 132 || signature.length === 130 ? 'differs' : 'unknown';
	}
}
