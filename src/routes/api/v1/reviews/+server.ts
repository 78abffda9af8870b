import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listReviews, writeReview, type ListReviewsInput, type ReviewInput } from '#lib/server/services/reviews.ts';
import type { RequestHandler } from './$types';

const subjects = ['wallet', 'product', 'order'] as const;

/**
 * `GET ?wallet` (or `?product`, or `?order`) `&cursor&limit` → `{ items, next, names, titles }`: reviews of it, the newest
 * first, each with all that its signature is over.
 */
export const GET: RequestHandler = ({ locals, url: { searchParams } }) =>
	forApi(locals.requestId, () => {
		const about = subjects.find((name) => searchParams.has(name)) ?? 'wallet';
		const cursor = searchParams.get('cursor');
		const limit = searchParams.get('limit');
		const input: ListReviewsInput = {
			about,
			id: searchParams.get(about) ?? '',
			...(cursor !== null && { cursor }),
			...(limit !== null && { limit: Number(limit) })
		};
		return listReviews(locals.context, locals.actor, input);
	});

/** `POST { chainId, orderId, rating, text, signedAt, signature }` → 201 with the review of the order's other party. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request)) as ReviewInput;
		return json(await writeReview(locals.context, requireActor(locals), input), { status: 201 });
	});
