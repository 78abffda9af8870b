import type { MarketSearch } from '#lib/domain/market.ts';

/** The market's address of a search. */
export function addressOf(search: MarketSearch): string {
	const { text, category, kind = [], chainId, token = [], priceMin, priceMax, rating, inStock, seller } = search;
	const params = new URLSearchParams([
		...kind.map((one) => ['kind', one]),
		...token.map((symbol) => ['token', symbol]),
		...Object.entries({ q: text, category, chain: chainId, min: priceMin, max: priceMax, rating, seller })
			.filter(([, value]) => value !== undefined && value !== '')
			.map(([name, value]) => [name, String(value)]),
		...(inStock ? [['stock', '1']] : [])
	]);
	return params.size === 0 ? '/market' : `/market?${params}`;
}

/** The market's address with one part of its search otherwise, and from the first page on; null leaves the part out. */
export function addressWith(url: URL, parts: Readonly<Record<string, string | null>>): string {
	const params = new URLSearchParams(url.searchParams);
	for (const [name, value] of Object.entries(parts)) {
		if (value === null) params.delete(name);
		else params.set(name, value);
	}
	if (!('cursor' in parts)) params.delete('cursor');
	return params.size === 0 ? '/market' : `/market?${params}`;
}

/** The same without one of the values of a part that may have several. */
export function addressWithout(url: URL, part: { param: string; value: string }): string {
	const params = new URLSearchParams(url.searchParams);
	params.delete(part.param, part.value);
	params.delete('cursor');
	return params.size === 0 ? '/market' : `/market?${params}`;
}
