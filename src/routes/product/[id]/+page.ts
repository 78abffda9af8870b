import type { PageLoad } from './$types';

/** Parts that most listings do not have, for those that do. */
export const load: PageLoad = async ({ data }) => {
	const [reviewList, hiddenNotice] = await Promise.all([
		data.reviews.items.length > 0 ? import('#lib/ui/reviews/ReviewList.svelte') : null,
		data.product.hidden ? import('#lib/ui/HiddenNotice.svelte') : null
	]);
	return { ...data, ReviewList: reviewList?.default ?? null, HiddenNotice: hiddenNotice?.default ?? null };
};
