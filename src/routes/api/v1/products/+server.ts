import { json, text } from '@sveltejs/kit';
import type { MarketQuery } from '#lib/domain/market.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { tagOf } from '#lib/server/etag.ts';
import { forApi } from '#lib/server/problem.ts';
import { searchMarket } from '#lib/server/services/market.ts';
import { saveDraft } from '#lib/server/services/products.ts';
import type { RequestHandler } from './$types';

/**
 * `GET ?text&category&kind&kind&chainId&token&token&priceMin&priceMax&rating&inStock&seller&sort&cursor&limit` →
 * `{ items, next, total, facets }`: what is for sale, each with the prices first that it was found by. `next` is the `cursor`
 * of the page after, null at the end; `facets` says how many listings each other choice would find. The tag is of the answer,
 * so that every node gives the same one.
 */
export const GET: RequestHandler = ({ locals, url: { searchParams } }) =>
	forApi(locals.requestId, async () => {
		const { chainId, rating, limit, inStock, ...rest } = Object.fromEntries(searchParams);
		const found = await searchMarket(locals.context, {
			...rest,
			...(searchParams.has('kind') && { kind: searchParams.getAll('kind') }),
			...(searchParams.has('token') && { token: searchParams.getAll('token') }),
			...(chainId !== undefined && { chainId: Number(chainId) }),
			...(rating !== undefined && { rating: Number(rating) }),
			...(inStock !== undefined && { inStock: inStock === 'true' }),
			...(limit !== undefined && { limit: Number(limit) })
		} as MarketQuery);
		const body = JSON.stringify(found);
		return text(body, {
			headers: {
				'content-type': 'application/json',
				etag: tagOf(body),
				'cache-control': 'public, s-maxage=30, stale-while-revalidate=300'
			}
		});
	});

/** `POST` a draft, all of it optional → 201 with the draft: its id, and the `productHash` that its offers have to name. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 256 * 1024)) as Parameters<typeof saveDraft>[2];
		const draft = await saveDraft(locals.context, requireActor(locals), input);
		return json(draft, { status: 201, headers: { location: `/api/v1/products/${draft.id}` } });
	});
