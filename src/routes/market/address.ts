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

/** What an address says of a search: a form that was sent without script leaves its action's name there besides. */
export function partsOf({ searchParams }: URL): URLSearchParams {
	return new URLSearchParams([...searchParams].filter(([name]) => !name.startsWith('/')));
}

/** The market's address with one part of its search otherwise, and from the first page on; null leaves the part out. */
export function addressWith(url: URL, parts: Readonly<Record<string, string | null>>): string {
	const params = partsOf(url);
	for (const [name, value] of Object.entries(parts)) {
		if (value === null) params.delete(name);
		else params.set(name, value);
	}
	if (!('cursor' in parts)) params.delete('cursor');
	return params.size === 0 ? '/market' : `/market?${params}`;
}

/** Parts that may have several values. */
const several = ['kind', 'token'];

/** The same without one part, or without one of its values where it may have several. */
export function addressWithout(url: URL, { param, value }: { param: string; value: string }): string {
	const params = partsOf(url);
	// What stands in the address may be another spelling of the value, or more than was taken of it.
	params.delete(param, several.includes(param) ? value : undefined);
	params.delete('cursor');
	return params.size === 0 ? '/market' : `/market?${params}`;
}
