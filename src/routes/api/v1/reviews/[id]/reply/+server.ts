import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { replyToReview, type ReplyInput } from '#lib/server/services/reviews.ts';
import type { RequestHandler } from './$types';

/** `POST { text, signedAt, signature }` → 201 with the review and the one answer that its target gives. */
export const POST: RequestHandler = ({ request, locals, params: { id } }) =>
	forApi(locals.requestId, async () => {
		const input = { ...((await readJson(request)) as object), id } as ReplyInput;
		return json(await replyToReview(locals.context, requireActor(locals), input), { status: 201 });
	});
