// What the two parties of an ended order say of each other. Signed by their wallets and never edited: every reader can
// check each word, and nobody can take one back.
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import { hashReview, requireReply, requireReview, type Review } from '#lib/crypto/review.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { orderKey, partyOf, type Wallet } from '#lib/domain/order.ts';
import {
	AlreadyReviewed,
	OrderNotEnded,
	reviewClockSeconds,
	reviewText,
	reviewTextLimit,
	type ReviewRow,
	type ReviewSubject
} from '#lib/domain/review.ts';
import {
	address,
	bytes32,
	chainId as chainIdInput,
	documentId,
	orderDocumentId,
	pageInput,
	paragraphs,
	signature
} from '#lib/domain/schemas.ts';
import { requireChain, type Actor, type Context } from '#lib/server/context.ts';
import { whyHidden } from '#lib/server/db/hidden.ts';
import type { ReviewDocument } from '#lib/server/db/models/review.ts';
import { readPage, type Filter, type Page } from '#lib/server/db/page.ts';
import { counted, storeStats } from '#lib/server/db/review-stats.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { inTurn } from '#lib/server/services/in-turn.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { namesOf } from '#lib/server/services/labels.ts';
import { tell } from '#lib/server/services/outbox.ts';

/** How many reviews a page shows at once. */
export const reviewsOnPage = 10;

/** What reviews are about: whom they rate, what was bought, or in which order. */
export const reviewSubject = { about: z.enum(['wallet', 'product', 'order']), id: z.string().max(100) };

/** What was signed is what is kept: a text in another spelling is refused, not mended. */
const signedText = (min: number) =>
	z
		.string()
		.refine((text) => text === reviewText(text), 'not-normal')
		.pipe(paragraphs(min, reviewTextLimit));
const signed = { signedAt: z.int().positive(), signature };

export const reviewInput = z.strictObject({
	chainId: chainIdInput,
	orderId: bytes32,
	rating: z.int().min(1).max(5),
	text: signedText(0),
	...signed
});
export type ReviewInput = z.input<typeof reviewInput>;

/**
 * Keeps the actor's review of the other party of an order that ended, and tells that party.
 * @throws {InvalidInput} also where it was signed at another time than now
 * @throws {NotFound} where there is no such order, or the actor is no party of it: the two look the same
 * @throws {OrderNotEnded} also until the end is confirmed {AlreadyReviewed} {BadSignature}
 * @throws {ChainUnavailable} where a contract wallet's chain cannot be asked
 */
export async function writeReview(context: Context, actor: Actor, input: ReviewInput): Promise<ReviewRow> {
	const { chainId, orderId, rating, text, signedAt, signature } = parseInput(reviewInput, input);
	const { config, rpc } = requireChain(context, chainId);
	const order = orderKey(chainId, orderId);
	const before = await requireEnded(context, actor, order);
	requireNow(context, signedAt);
	const escrow = config.escrow.toLowerCase() as Wallet;
	const review: Review = {
		chainId,
		escrow,
		orderId,
		author: actor.wallet,
		target: before.target,
		rating,
		text,
		signedAt
	};
	await requireReview(review, signature, contractAsker(chainId, rpc));

	const _id = `${order}:${actor.wallet}`;
	return inTurn(context.db, `reviews:${review.target}`, () =>
		inTransaction(context.db, async (session) => {
			const { reviews } = context.models;
			if ((await reviews.exists({ _id }).session(session)) !== null)
				throw new AlreadyReviewed({ id: _id, reason: 'review' });
			// Once more in the transaction's own view: the chain may have taken the end back while the signature was checked.
			const { role, product } = await requireEnded(context, actor, order, session);
			const [saved] = await reviews.create([{ _id, order, ...review, role, product, signature, ended: true }], {
				session
			});
			await storeStats(context.models, review.target, session);
			const data = { by: actor.wallet, rating };
			await tell(context, session, [{ id: `review:${_id}`, wallet: review.target, kind: 'review', order, data }]);
			return rowOf(saved!.toObject());
		})
	);
}

async function requireEnded(
	context: Context,
	actor: Actor,
	id: string,
	session: ClientSession | null = null
): Promise<Pick<ReviewDocument, 'role' | 'target' | 'product'>> {
	const order = await context.models.orders
		.findById(id, { buyer: 1, seller: 1, product: 1, endedAt: 1, final: 1 })
		.session(session)
		.lean();
	const role = order && partyOf(order, actor.wallet);
	if (order === null || role === null) throw new NotFound({ what: 'order', id });
	if (order.endedAt === null) throw new OrderNotEnded({ order: id, reason: 'open' });
	if (!order.final) throw new OrderNotEnded({ order: id, reason: 'not-confirmed' });
	return { role, target: role === 'buyer' ? order.seller : order.buyer, product: order.product };
}

function requireNow(context: Context, signedAt: number): void {
	const away = Math.abs(signedAt - context.now().getTime() / 1000);
	if (away > reviewClockSeconds) throw new InvalidInput({ issues: ['signedAt: not-now'] });
}

export const replyInput = z.strictObject({ id: z.string().max(200), text: signedText(1), ...signed });
export type ReplyInput = z.input<typeof replyInput>;

/**
 * Keeps the answer of a review's target, the only one there will be, and tells the author.
 * @throws {InvalidInput} {NotFound} {AlreadyReviewed} {BadSignature} {ChainUnavailable}
 */
export async function replyToReview(context: Context, actor: Actor, input: ReplyInput): Promise<ReviewRow> {
	const { id, text, signedAt, signature } = parseInput(replyInput, input);
	const { reviews } = context.models;
	const review = await reviews.findOne({ _id: id, target: actor.wallet, ...counted }).lean();
	if (review === null) throw new NotFound({ what: 'review', id });
	if (review.reply !== null) throw new AlreadyReviewed({ id, reason: 'reply' });
	requireNow(context, signedAt);
	const { chainId, escrow, orderId, author, order } = review;
	const answered = { chainId, escrow, orderId, review: hashReview(signedReview(review)), author: actor.wallet };
	await requireReply(
		{ ...answered, text, signedAt },
		signature,
		contractAsker(chainId, requireChain(context, chainId).rpc)
	);

	return inTransaction(context.db, async (session) => {
		const saved = await reviews
			.findOneAndUpdate(
				{ _id: id, reply: null, ...counted },
				{ $set: { reply: { text, signedAt, signature } } },
				{ returnDocument: 'after', session }
			)
			.lean();
		if (saved === null) throw new AlreadyReviewed({ id, reason: 'reply' });
		const data = { by: actor.wallet };
		await tell(context, session, [{ id: `review-reply:${id}`, wallet: author, kind: 'review-reply', order, data }]);
		return rowOf(saved);
	});
}

/** The part of a review that its author signed. */
function signedReview({ chainId, escrow, orderId, author, target, rating, text, signedAt }: ReviewDocument): Review {
	return { chainId, escrow, orderId, author, target, rating, text, signedAt };
}

/**
 * Hides a review, or shows it again, and counts anew; for moderation alone, in the transaction of its decision.
 * @throws {NotFound}
 */
export async function hideReview(
	context: Context,
	{ id, hidden }: { id: string; hidden: ReviewDocument['hidden'] },
	session: ClientSession
): Promise<void> {
	const { models } = context;
	const review = await models.reviews.findOneAndUpdate({ _id: id }, { $set: { hidden } }, { session }).lean();
	if (review === null) throw new NotFound({ what: 'review', id });
	await storeStats(models, review.target, session);
}

/** Which reviews are about something. Of an order, those that an operator hid are among them, for their authors. */
export function reviewFilter({ about, id }: ReviewSubject): Filter<ReviewDocument> {
	if (about === 'order') return { order: id, ended: true };
	return about === 'wallet' ? { target: id as Wallet, ...counted } : { product: id, ...counted };
}

/** A review as the viewer sees it; null where it is not shown. */
export function reviewRow(document: ReviewDocument, viewer: Wallet | null): ReviewRow | null {
	const isShown = document.ended && (document.hidden === null || document.author === viewer);
	return isShown ? rowOf(document) : null;
}

function rowOf(document: ReviewDocument): ReviewRow {
	const { _id, rev, role, product, signature, reply, createdAt, hidden } = document;
	return {
		_id,
		rev,
		...signedReview(document),
		role,
		product,
		signature,
		reply,
		createdAt,
		hidden: whyHidden(hidden)
	};
}

const ids = { wallet: address, product: documentId, order: orderDocumentId } as const;
const listInput = z.strictObject({ ...reviewSubject, ...pageInput, limit: pageInput.limit.default(reviewsOnPage) });
export type ListReviewsInput = z.input<typeof listInput>;

/** A page of reviews, and what it calls the people and the things in them. */
export type ReviewPage = Page<ReviewRow> & {
	/** By wallet; who gave none is left out. */
	names: Record<Wallet, string>;
	/** Titles by product; those that are not on the market for all are left out. */
	titles: Record<string, string>;
};

/** Reviews of a wallet, a product or an order, the newest first. @throws {InvalidInput} {BadCursor} */
export async function listReviews(
	context: Context,
	viewer: Actor | null,
	input: ListReviewsInput
): Promise<ReviewPage> {
	const { about, id, cursor, limit } = parseInput(listInput, input);
	const parsed = ids[about].safeParse(id);
	if (!parsed.success) throw new InvalidInput({ issues: [`id: ${about}`] });
	const { models } = context;
	const newestFirst = { field: 'createdAt', direction: -1 } as const;
	const page = await readPage(models.reviews, reviewFilter({ about, id: parsed.data }), newestFirst, { cursor, limit });
	const items = page.items.flatMap((item) => reviewRow(item, viewer?.wallet ?? null) ?? []);
	const people = [...new Set(items.flatMap(({ author, target }) => [author, target]))];
	const products = [...new Set(items.flatMap(({ product }) => product ?? []))];
	const [names, titled] = await Promise.all([
		namesOf(context, people),
		models.products
			.find({ _id: { $in: products }, visibility: 'public', status: { $ne: 'hidden' } }, { title: 1 })
			.lean()
	]);
	return {
		items,
		next: page.next,
		names,
		titles: Object.fromEntries(titled.map(({ _id, title }) => [_id, title]))
	};
}
