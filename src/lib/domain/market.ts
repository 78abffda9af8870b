// What the market can be searched by, and what it says of what it found.
import { z } from 'zod';
import { marketSorts, ratingSteps } from './market-choices.ts';
import { categories, productKinds } from './product.ts';
import { address, chainId, line, pageInput } from './schemas.ts';

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
	/** One number a band of `priceBands`. */
	price: number[];
	/** By least rating. */
	rating: Record<string, number>;
	inStock: number;
};
