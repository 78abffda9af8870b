import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { blockedBy } from '#lib/server/services/blocks.ts';
import { latestOf, searchMarket, tileOf } from '#lib/server/services/market.ts';
import { saveSearch } from '#lib/server/services/searches.ts';
import { queryOf, searchOf } from './query.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, url }) =>
	forPage(requestId, async () => {
		const query = queryOf(url.searchParams);
		const search = searchOf(query);
		const blocked = await blockedBy(context, actor);
		const [{ items, next, total, facets }, { latest }] = await Promise.all([
			searchMarket(context, query, blocked),
			latestOf(context, search, blocked)
		]);
		const blocks = blocked.size > 0;
		return { query, search, blocks, items: items.map(tileOf), next, total, facets, latest: latest[0] ?? 0 };
	});

export const actions: Actions = {
	/** Keeps the search that the address is of. */
	save: async ({ request, url, locals }) => {
		const name = String((await request.formData()).get('name') ?? '').slice(0, 80);
		return forForm(async () => {
			await saveSearch(locals.context, requireActor(locals), { name, search: searchOf(queryOf(url.searchParams)) });
			return { saved: true };
		});
	}
};
