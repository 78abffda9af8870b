// What the market offers to choose from. Apart from the schema, whose library no page loads for it.

/** Orders of a list; `relevance` is of a text, and without one the newest come first. */
export const marketSorts = ['relevance', 'newest', 'price-low', 'price-high', 'rating'] as const;
export type MarketSort = (typeof marketSorts)[number];

/** Least ratings that can be asked for. */
export const ratingSteps = [4.5, 4, 3] as const;

/** Where one band of prices ends and the next begins, in whole tokens. */
const priceEdges = [25, 100, 500] as const;

/** Bands of prices, from `from` on and up to `to`; null is without an end. */
export const priceBands: readonly { from: number | null; to: number | null }[] = [null, ...priceEdges].map(
	(from, index) => ({ from, to: priceEdges[index] ?? null })
);
