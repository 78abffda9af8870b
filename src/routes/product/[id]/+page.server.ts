import { forPage } from '#lib/server/problem.ts';
import { isFollowing } from '#lib/server/services/follows.ts';
import { renderMarkdown } from '#lib/server/services/markdown.ts';
import { getProduct } from '#lib/server/services/products.ts';
import { listReviews } from '#lib/server/services/reviews.ts';
import { readProfile } from '#lib/server/services/users.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params, url, depends }) => {
	depends('holdfast:product');
	return forPage(requestId, async () => {
		const product = await getProduct(context, actor, params);
		const { wallet } = product.seller;
		const about = { about: 'product', id: product.id } as const;
		const cursor = url.searchParams.get('reviews') ?? undefined;
		const [seller, reviews, following] = await Promise.all([
			readProfile(context, { wallet }),
			listReviews(context, actor, { ...about, ...(cursor !== undefined && { cursor }) }),
			actor !== null && isFollowing(context, actor, wallet)
		]);
		const description = renderMarkdown(product.description);
		return { product, description, seller, reviews: { ...about, ...reviews, first: cursor === undefined }, following };
	});
};
