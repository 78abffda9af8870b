import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listNotices } from '#lib/server/services/notices.ts';
import type { RequestHandler } from './$types';

/** `GET ?cursor&limit&unread=true` → what one was told, the newest first, as `{ items, next }`. */
export const GET: RequestHandler = ({ locals, url: { searchParams } }) =>
	forApi(locals.requestId, () => {
		const limit = searchParams.get('limit');
		const cursor = searchParams.get('cursor');
		return listNotices(locals.context, requireActor(locals), {
			...(cursor !== null && { cursor }),
			...(limit !== null && { limit: Number(limit) }),
			unread: searchParams.get('unread') === 'true'
		});
	});
