import type { MarketRow } from '#lib/domain/publications.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatCount } from './format.ts';

/**
 * What a page says of listings that came since it was made; nothing where none did.
 * @param since when the latest that it knows of was listed; ms
 */
export function newListings(market: MarketRow | null, since: number): string {
	const { latest, total } = market ?? { latest: [], total: 0 };
	const fresh = latest.filter((listedAt) => listedAt > since).length;
	if (fresh === 0) return '';
	const count = formatCount(fresh);
	// The row tells of the latest alone: where all of those are new, what came before them may be as well.
	return fresh === latest.length && fresh < total ? m.market_new_more({ count }) : m.market_new({ n: fresh, count });
}
