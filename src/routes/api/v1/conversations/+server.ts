import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listConversations } from '#lib/server/services/conversations.ts';
import type { RequestHandler } from './$types';

/** `GET ?cursor&limit` → one's conversations that something was said in, the latest first, as `{ items, next }`. */
export const GET: RequestHandler = ({ locals, url }) =>
	forApi(locals.requestId, () => {
		const limit = url.searchParams.get('limit');
		const cursor = url.searchParams.get('cursor') ?? undefined;
		return listConversations(locals.context, requireActor(locals), {
			...(cursor !== undefined && { cursor }),
			...(limit !== null && { limit: Number(limit) })
		});
	});
