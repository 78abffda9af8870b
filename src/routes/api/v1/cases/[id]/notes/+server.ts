import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { getNotes, putNotes, type PutNotesInput } from '#lib/server/services/case-notes.ts';
import type { RequestHandler } from './$types';

/** `GET` → one's own notes on a case that one was drawn for: `{ revision, sealed }`, ciphertext; revision 0 for none. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => getNotes(locals.context, requireActor(locals), { order: params.id }));

/** `PUT { revision, sealed }` the next revision of one's notes → `{ revision }`. */
export const PUT: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 256 * 1024)) as PutNotesInput;
		return putNotes(locals.context, actor, { ...input, order: params.id });
	});
