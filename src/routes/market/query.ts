import { productQuery, type ProductQuery } from '#lib/domain/product.ts';

/** How many listings a page of the market shows. */
const pageSize = 24;

/**
 * The search that an address of the market asks for. A part that is no valid filter is left out, as if it were not
 * there: an old or mistyped address still shows the market.
 */
export function queryOf(params: URLSearchParams): ProductQuery & { limit: number } {
	const given: Record<string, unknown> = {
		text: params.get('q') ?? undefined,
		category: params.get('category') || undefined,
		kind: params.getAll('kind'),
		chainId: Number(params.get('chain')) || undefined,
		priceMin: params.get('min') || undefined,
		priceMax: params.get('max') || undefined,
		seller: params.get('seller') || undefined,
		sort: params.get('sort') || undefined,
		cursor: params.get('cursor') || undefined,
		limit: pageSize
	};
	const parsed = productQuery.safeParse(given);
	if (parsed.success) return parsed.data;
	for (const { path } of parsed.error.issues) delete given[String(path[0])];
	return productQuery.parse(given);
}
