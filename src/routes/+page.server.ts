import { readFigures } from '#lib/server/services/figures.ts';
import { listProducts } from '#lib/server/services/products.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context } }) => {
	const [newest, figures] = await Promise.all([listProducts(context, { limit: 5 }), readFigures(context)]);
	return { newest: newest.items, figures };
};
