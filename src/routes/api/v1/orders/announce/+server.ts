import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { announce, type AnnounceInput } from '#lib/server/services/orders.ts';
import type { RequestHandler } from './$types';

/** `POST { chainId, txHash }` → the pending action: a transaction that the wallet has just sent for one of its orders. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		return announce(locals.context, actor, (await readJson(request, 1024)) as AnnounceInput);
	});
