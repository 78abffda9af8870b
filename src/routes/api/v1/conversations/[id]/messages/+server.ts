import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listMessages, messagesAt, postMessage, type PostMessageInput } from '#lib/server/services/messages.ts';
import type { RequestHandler } from './$types';

/**
 * `GET ?before&limit` → `{ messages }` from the newest (or from before a position) on backwards;
 * `GET ?at=author:device:seq` (up to 50) → those of them that are there.
 */
export const GET: RequestHandler = ({ locals, params: { id }, url: { searchParams } }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const at = searchParams.getAll('at');
		if (at.length > 0) {
			const places = at.map((place) => {
				const [author = '', device = '', seq] = place.split(':');
				return { author, device, seq: Number(seq) };
			});
			return { messages: await messagesAt(locals.context, actor, { conversation: id, places }) };
		}
		const [before, limit] = [searchParams.get('before'), searchParams.get('limit')];
		const range = {
			...(before !== null && { before: Number(before) }),
			...(limit !== null && { limit: Number(limit) })
		};
		return { messages: await listMessages(locals.context, actor, { conversation: id, ...range }) };
	});

/** `POST` a sealed message → 201 `{ id, position, receivedAt }`. The same message twice is one. */
export const POST: RequestHandler = ({ request, locals, params: { id } }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const message = (await readJson(request, 128 * 1024)) as PostMessageInput;
		return json(await postMessage(locals.context, actor, { ...message, conversation: id }), { status: 201 });
	});
