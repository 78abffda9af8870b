// What the market can be searched by, and what it says of what it found.
import { z } from 'zod';
import { categories, productKinds } from './product.ts';
import { address, chainId, line, pageInput } from './schemas.ts';

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

const price = z.string().regex(/^\d{1,15}(?:\.\d{1,18})?$/, 'price');

/** The parts of a search that decide what it finds. */
export const marketSearch = z.strictObject({
	text: line(0, 100).default(''),
	category: z.enum(categories).optional(),
	kind: z.array(z.enum(productKinds)).max(3).default([]),
	chainId: chainId.optional(),
	/** Symbols of tokens, one of which is taken. */
	token: z
		.array(z.string().regex(/^[\p{L}\p{N}.$₮-]{1,24}$/u, 'token'))
		.max(12)
		.default([]),
	/** Whole tokens, as a decimal number: prices of pegged tokens compare across chains. */
	priceMin: price.optional(),
	priceMax: price.optional(),
	/** The least that the seller was rated, on average. */
	rating: z.literal([...ratingSteps]).optional(),
	/** Only what can be bought now. */
	inStock: z.boolean().default(false),
	seller: address.optional()
});
export type MarketSearch = z.input<typeof marketSearch>;

/** A page of a search. */
export const marketQuery = marketSearch.extend({ sort: z.enum(marketSorts).optional(), ...pageInput });
export type MarketQuery = z.input<typeof marketQuery>;

/** How many listings each choice of a facet would find, were it the only one of its facet. */
export type MarketFacets = {
	category: Record<string, number>;
	kind: Record<string, number>;
	/** By chain id. */
	chain: Record<string, number>;
	/** By symbol. */
	token: Record<string, number>;
	/** One number a band of {@link priceBands}. */
	price: number[];
	/** By least rating. */
	rating: Record<string, number>;
	inStock: number;
};
