import type { ChangeSearchInput } from '#lib/domain/saved-search.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { changeSearch, deleteSearch } from '#lib/server/services/searches.ts';
import type { RequestHandler } from './$types';

/** `PATCH { name?, notify? }` → the search as it is now. */
export const PATCH: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const changes = (await readJson(request, 8 * 1024)) as Omit<ChangeSearchInput, 'id'>;
		return changeSearch(locals.context, requireActor(locals), { ...changes, id: params.id });
	});

/** `DELETE` → 204. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => deleteSearch(locals.context, requireActor(locals), params));
