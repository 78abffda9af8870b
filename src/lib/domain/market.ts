// What the market can be searched by, and what it says of what it found.
import { z } from 'zod';
import { marketSorts, ratingSteps } from './market-choices.ts';
import { categories, productKinds } from './product.ts';
import { address, chainId, line, pageInput } from './schemas.ts';

const price = z.string().regex(/^\d{1,15}(?:\.\d{1,18})?$/, 'price');

/** As long as a title: whoever pastes one finds it. */
export const searchTextLimit = 120;

/** Values of which any will do, each once however often it is said. */
function severalOf<T extends z.ZodType<string>>(one: T, max: number) {
	return z
		.array(one)
		.transform(eachOnce)
		.refine((values) => values.length <= max, 'too-many')
		.default([]);
}

/** The same values, each once, in the order in which they came. */
export function eachOnce<T>(values: readonly T[]): T[] {
	return [...new Set(values)];
}

/** The parts of a search that decide what it finds. */
export const marketSearch = z.strictObject({
	text: line(0, searchTextLimit).default(''),
	category: z.enum(categories).optional(),
	kind: severalOf(z.enum(productKinds), productKinds.length),
	chainId: chainId.optional(),
	/** Symbols of tokens, one of which is taken. */
	token: severalOf(z.string().regex(/^[\p{L}\p{N}.$₮-]{1,24}$/u, 'token'), 12),
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
