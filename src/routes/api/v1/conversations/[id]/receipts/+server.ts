import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import type { Receipt } from '#lib/domain/conversation.ts';
import { forApi } from '#lib/server/problem.ts';
import { postReceipts } from '#lib/server/services/messages.ts';
import type { RequestHandler } from './$types';

/** `POST { receipts }`, each signed by its reader → 204. */
export const POST: RequestHandler = ({ request, locals, params: { id } }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 128 * 1024)) as { receipts: Receipt[] };
		return postReceipts(locals.context, actor, { ...input, conversation: id });
	});
