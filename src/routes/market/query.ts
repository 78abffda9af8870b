import type { z } from 'zod';
import { marketQuery, searchTextLimit, type MarketSearch } from '#lib/domain/market.ts';
import { lineFrom } from '#lib/domain/schemas.ts';

/** How many listings a page of the market shows. */
const pageSize = 24;

/**
 * The search that an address of the market asks for. A part that is no valid filter is left out, as if it were not
 * there: an old or mistyped address still shows the market. A text is never left out, or it would look as if all were found
 * by it.
 */
export function queryOf(params: URLSearchParams): z.output<typeof marketQuery> {
	const given: Record<string, unknown> = {
		text: lineFrom(params.get('q') ?? '', searchTextLimit),
		category: params.get('category') || undefined,
		kind: params.getAll('kind'),
		chainId: Number(params.get('chain')) || undefined,
		token: params.getAll('token'),
		priceMin: params.get('min') || undefined,
		priceMax: params.get('max') || undefined,
		rating: Number(params.get('rating')) || undefined,
		inStock: params.get('stock') === '1',
		seller: params.get('seller') || undefined,
		sort: params.get('sort') || undefined,
		cursor: params.get('cursor') || undefined,
		limit: pageSize
	};
	const parsed = marketQuery.safeParse(given);
	if (parsed.success) return parsed.data;
	for (const { path } of parsed.error.issues) delete given[String(path[0])];
	return marketQuery.parse(given);
}

/** The parts of it that decide what is found. */
export function searchOf(query: z.output<typeof marketQuery>): MarketSearch {
	const { sort: _sort, cursor: _cursor, limit: _limit, ...search } = query;
	return search;
}
