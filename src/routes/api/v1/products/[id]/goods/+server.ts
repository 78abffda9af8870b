import type { GoodsInput } from '#lib/domain/goods.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { dropGoods, getGoods, setGoods } from '#lib/server/services/goods.ts';
import type { RequestHandler } from './$types';

/** `GET ?root` → the product's goods as its seller sealed them: those of a root that it had, else those that it has. */
export const GET: RequestHandler = ({ locals, params, url: { searchParams } }) =>
	forApi(locals.requestId, () => {
		const query = { ...Object.fromEntries(searchParams), product: params.id };
		return getGoods(locals.context, requireActor(locals), query);
	});

/** `PUT { kind, root, sealed, … }` gives the product its goods → the draft. A paused listing becomes a draft. */
export const PUT: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 1.25 * 1024 * 1024)) as GoodsInput;
		return setGoods(locals.context, requireActor(locals), { ...input, product: params.id });
	});

/** `DELETE` takes the goods away → the draft: it is delivered by hand. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => dropGoods(locals.context, requireActor(locals), { product: params.id }));
