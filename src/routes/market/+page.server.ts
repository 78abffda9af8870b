import { forPage } from '#lib/server/problem.ts';
import { latestOf, searchMarket, tileOf } from '#lib/server/services/market.ts';
import { queryOf } from './query.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, requestId }, url }) =>
	forPage(requestId, async () => {
		const query = queryOf(url.searchParams);
		const { sort: _sort, cursor: _cursor, limit: _limit, ...search } = query;
		const [found, { latest }] = await Promise.all([searchMarket(context, query), latestOf(context, search)]);
		const { items, next, total, facets } = found;
		return { query, search, items: items.map(tileOf), next, total, facets, latest: latest[0] ?? 0 };
	});
