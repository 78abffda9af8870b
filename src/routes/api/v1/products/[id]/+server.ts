import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { archive, getProduct, saveDraft } from '#lib/server/services/products.ts';
import type { RequestHandler } from './$types';

/** `GET` → the listing with its signed offers; a draft for its seller alone. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => getProduct(locals.context, locals.actor, params));

/** `PUT` a draft as it shall be from now on; what is left out is empty again. A paused listing becomes a draft. */
export const PUT: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 256 * 1024)) as object;
		return saveDraft(locals.context, requireActor(locals), { ...input, id: params.id });
	});

/** `DELETE` withdraws a listing or a draft for good; orders made under it go on. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => archive(locals.context, requireActor(locals), params));
