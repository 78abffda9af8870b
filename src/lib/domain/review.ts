// Reviews as people read them: what was signed, by whom, and what many of them come to.
import { DomainError } from './errors.ts';
import { orderKey, type Hex, type Party, type Wallet } from './order.ts';
import type { Hidden } from './report.ts';

/** The most letters of a review, and of an answer to one. */
export const reviewTextLimit = 2000;

/** How far a signature's time may be from the node's, in seconds: nobody dates a review back. */
export const reviewClockSeconds = 86_400;

/** A text in the one spelling that is signed and kept: composed letters, `\n` as line end, nothing blank behind it. */
export function reviewText(typed: string): string {
	return typed.normalize('NFC').replace(/\r\n?/gu, '\n').trimEnd();
}

/** What the target of a review answered. */
type ReplyRow = { text: string; signedAt: number; signature: Hex };

/** A review as anybody sees it, with all that its signature is over. */
export type ReviewRow = {
	/** `chainId:orderId:author` */
	_id: string;
	rev: number;
	chainId: number;
	escrow: Wallet;
	orderId: Hex;
	author: Wallet;
	/** What the author was in the order. */
	role: Party;
	target: Wallet;
	product: string | null;
	rating: number;
	text: string;
	/** Unix seconds, by the author's clock. */
	signedAt: number;
	signature: Hex;
	reply: ReplyRow | null;
	createdAt: Date;
	/** Why an operator hid it; only its author is shown that. */
	hidden: Hidden | null;
};

/** What a list of reviews is about. */
export type ReviewSubject = { about: 'wallet' | 'product' | 'order'; id: string };

/**
 * Whether what was signed in a review is about what it is shown for, by the chain's own escrow. No listing is named in it:
 * shown for a listing, the escrow alone is compared.
 */
export function isReviewOf(
	review: Pick<ReviewRow, 'chainId' | 'escrow' | 'orderId' | 'target'>,
	{ about, id }: ReviewSubject,
	escrow: string | undefined
): boolean {
	if (review.escrow.toLowerCase() !== escrow?.toLowerCase()) return false;
	if (about === 'wallet') return review.target.toLowerCase() === id.toLowerCase();
	return about === 'product' || orderKey(review.chainId, review.orderId) === id;
}

/** What reviews say of a wallet. */
export type RatingStats = {
	count: number;
	/** 1 to 5, to two decimals; 0 where there are none. */
	mean: number;
	/** How many gave one star, two, … five. */
	ratings: number[];
};

/** What the reviews' numbers of stars come to; `ratings` has five counts. */
export function ratingStats(ratings: readonly number[]): RatingStats {
	const count = ratings.reduce((sum, n) => sum + n, 0);
	const stars = ratings.reduce((sum, n, index) => sum + n * (index + 1), 0);
	return { count, mean: count === 0 ? 0 : Math.round((stars / count) * 100) / 100, ratings: [...ratings] };
}

/** Thrown when a review is written before the chain says, and confirms, that its order ended. */
export class OrderNotEnded extends DomainError {
	constructor(data: { order: string; reason: 'open' | 'not-confirmed' }) {
		super('order-not-ended', 'conflict', data);
	}
}

/** Thrown when an author reviews an order again, or a target answers again: neither is edited. */
export class AlreadyReviewed extends DomainError {
	constructor(data: { id: string; reason: 'review' | 'reply' }) {
		super('already-reviewed', 'conflict', data);
	}
}
