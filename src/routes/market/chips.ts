import type { PublicChain } from '#lib/chain/chains.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatNumber, shortHex } from '#lib/ui/format.ts';
import { chainName } from '#lib/ui/prices.ts';
import { categoryNames, kindNames } from '#lib/ui/product-words.ts';
import type { MarketSearch } from '#lib/domain/market.ts';

/** A part of a search as a word that can be taken away, and where it stands in the address. */
export type Chip = { name: string; param: string; value: string };

/** Every part of a search, in words. */
export function chipsOf(search: MarketSearch, chains: readonly PublicChain[]): Chip[] {
	const { text = '', category, kind = [], chainId, token = [], priceMin, priceMax, rating, inStock, seller } = search;
	const chips: (Chip | false)[] = [
		text !== '' && { name: m.market_text({ text }), param: 'q', value: text },
		category !== undefined && { name: categoryNames[category](), param: 'category', value: category },
		...kind.map((one) => ({ name: kindNames[one](), param: 'kind', value: one })),
		chainId !== undefined && { name: chainName(chains, chainId), param: 'chain', value: `${chainId}` },
		...token.map((symbol) => ({ name: symbol, param: 'token', value: symbol })),
		priceMin !== undefined && { name: m.market_from_price({ price: priceMin }), param: 'min', value: priceMin },
		priceMax !== undefined && { name: m.market_to_price({ price: priceMax }), param: 'max', value: priceMax },
		rating !== undefined && {
			name: m.market_rating_from({ rating: formatNumber(rating) }),
			param: 'rating',
			value: `${rating}`
		},
		inStock === true && { name: m.market_in_stock(), param: 'stock', value: '1' },
		seller !== undefined && { name: m.market_by_seller({ seller: shortHex(seller) }), param: 'seller', value: seller }
	];
	return chips.filter((chip) => chip !== false);
}
