import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import type { KeySet } from '#lib/domain/conversation.ts';
import { forApi } from '#lib/server/problem.ts';
import { listKeySets, putKeySet } from '#lib/server/services/key-sets.ts';
import type { RequestHandler } from './$types';

/** `GET` → `{ keySets }`: the copies of the conversation's keys, for whoever may read it. */
export const GET: RequestHandler = ({ locals, params: { id } }) =>
	forApi(locals.requestId, async () => ({
		keySets: await listKeySets(locals.context, requireActor(locals), { conversation: id })
	}));

/** `POST` a signed set of copies of a key → 204. The same set twice is one. */
export const POST: RequestHandler = ({ request, locals, params: { id } }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const set = (await readJson(request, 64 * 1024)) as KeySet;
		return putKeySet(locals.context, actor, { ...set, conversation: id });
	});
