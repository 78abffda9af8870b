import { json } from '@sveltejs/kit';
import type { SaveSearchInput } from '#lib/domain/saved-search.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listSearches, saveSearch } from '#lib/server/services/searches.ts';
import type { RequestHandler } from './$types';

/** `GET ?cursor&limit` → the searches that one keeps, the latest first, as `{ items, next }`. */
export const GET: RequestHandler = ({ locals, url }) =>
	forApi(locals.requestId, () => {
		const limit = url.searchParams.get('limit');
		const cursor = url.searchParams.get('cursor') ?? undefined;
		return listSearches(locals.context, requireActor(locals), {
			...(cursor !== undefined && { cursor }),
			...(limit !== null && { limit: Number(limit) })
		});
	});

/** `POST { name?, search }` keeps a search of the market → 201 with it; one that is kept already stays as it is. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 8 * 1024)) as SaveSearchInput;
		return json(await saveSearch(locals.context, requireActor(locals), input), { status: 201 });
	});
