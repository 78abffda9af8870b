import type { CloseInput } from '#lib/domain/account.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { closeAccount } from '#lib/server/services/account.ts';
import type { RequestHandler } from './$types';

/** `POST { wallet }`, one's own, closes the account and ends every session of it. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () =>
		closeAccount(locals.context, requireActor(locals), (await readJson(request)) as CloseInput)
	);
