import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { readNotices } from '#lib/server/services/notices.ts';
import type { RequestHandler } from './$types';

/** `POST { ids }` or `{ all: true }`: one has read them → the revisions of those that were named. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		return readNotices(locals.context, actor, (await readJson(request)) as Parameters<typeof readNotices>[2]);
	});
