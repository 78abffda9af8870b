import { countProducts } from '#lib/server/services/figures.ts';
import { listProducts } from '#lib/server/services/products.ts';
import { queryOf } from './query.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context }, url }) => {
	const query = queryOf(url.searchParams);
	const [page, total] = await Promise.all([listProducts(context, query), countProducts(context, query)]);
	return { query, items: page.items, next: page.next, total };
};
