import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { eraseMessages } from '#lib/server/services/messages.ts';
import type { RequestHandler } from './$types';

/** `POST { hashes }`: what these messages of one's own said is forgotten → 204. */
export const POST: RequestHandler = ({ request, locals, params: { id } }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 16 * 1024)) as { hashes: string[] };
		return eraseMessages(locals.context, actor, { ...input, conversation: id });
	});
