import type { TakeLicencesInput } from '#lib/domain/goods.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { takeLicences } from '#lib/server/services/goods.ts';
import type { RequestHandler } from './$types';

/** `POST { order }` → `{ from, count }`: the keys of the listing's list that this order has, for its seller; always the same. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 1024)) as TakeLicencesInput;
		return takeLicences(locals.context, requireActor(locals), input);
	});
