import { forPage } from '#lib/server/problem.ts';
import { getProduct } from '#lib/server/services/products.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params, depends }) => {
	depends('holdfast:product');
	return forPage(requestId, async () => ({ product: await getProduct(context, actor, params) }));
};
