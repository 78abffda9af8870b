import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { markRead } from '#lib/server/services/conversations.ts';
import type { RequestHandler } from './$types';

/** `POST { position }`: one has read up to there → 204. Nobody else is told. */
export const POST: RequestHandler = ({ request, locals, params: { id } }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 1024)) as { position: number };
		return markRead(locals.context, actor, { ...input, conversation: id });
	});
