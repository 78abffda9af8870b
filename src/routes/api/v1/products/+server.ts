import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listProducts, saveDraft } from '#lib/server/services/products.ts';
import type { RequestHandler } from './$types';

/**
 * `GET ?text&category&kind&kind&chainId&priceMin&priceMax&seller&sort&cursor&limit` → `{ items, next }`: what is for sale.
 * `next` is the `cursor` of the page after, null at the end.
 */
export const GET: RequestHandler = ({ locals, url: { searchParams } }) =>
	forApi(locals.requestId, async () => {
		const { kind: _kind, chainId, limit, ...rest } = Object.fromEntries(searchParams);
		const query = {
			...rest,
			...(searchParams.has('kind') && { kind: searchParams.getAll('kind') }),
			...(chainId !== undefined && { chainId: Number(chainId) }),
			...(limit !== undefined && { limit: Number(limit) })
		};
		const page = await listProducts(locals.context, query as Parameters<typeof listProducts>[1]);
		return json(page, { headers: { 'cache-control': 'public, s-maxage=30, stale-while-revalidate=300' } });
	});

/** `POST` a draft, all of it optional → 201 with the draft: its id, and the `productHash` that its offers have to name. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 256 * 1024)) as Parameters<typeof saveDraft>[2];
		const draft = await saveDraft(locals.context, requireActor(locals), input);
		return json(draft, { status: 201, headers: { location: `/api/v1/products/${draft.id}` } });
	});
