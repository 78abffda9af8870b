import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { getVault, putVault, type PutVaultInput } from '#lib/server/services/keys.ts';
import type { RequestHandler } from './$types';

/** `GET` → one's own vault: ciphertext, and its revision; null where there is none. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, () => getVault(locals.context, requireActor(locals)));

/** `PUT` the next revision of one's vault → `{ revision }`. */
export const PUT: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		return putVault(locals.context, actor, (await readJson(request, 512 * 1024)) as PutVaultInput);
	});
