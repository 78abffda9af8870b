import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { getOfferedLists } from '#lib/server/services/goods.ts';
import type { RequestHandler } from './$types';

/** `GET` → `{ roots }`: the product's lists of licence keys that were for sale, for its seller. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => getOfferedLists(locals.context, requireActor(locals), { product: params.id }));
