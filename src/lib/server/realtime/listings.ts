import type { Context } from '#lib/server/context.ts';
import { listingCollections, rememberListings } from '#lib/server/services/listing-cache.ts';
import { keepMarket, marketCollections } from '#lib/server/services/market.ts';
import { ChangeHub, type ChangeSource } from './change-hub.ts';

/** What a hub has to follow for {@link keepListings}. */
export const keptCollections: readonly string[] = [...new Set([...listingCollections, ...marketCollections])];

/** Keeps in memory what this process shows of the market, as far as the hub tells of its changes. */
export function keepListings(context: Context, hub: ChangeSource): void {
	const marketChanged = keepMarket(context);
	const listingsChanged = rememberListings(context);
	hub.onGroup(({ changes }) => {
		marketChanged(changes);
		listingsChanged(changes.map(({ collection }) => collection));
	});
	hub.onLost(() => {
		marketChanged(null);
		listingsChanged(null);
	});
}

/**
 * The same with a change stream of its own, for a process that shows pages and serves no sockets.
 * @returns what ends it
 * @throws where the database cannot be reached
 */
export async function followListings(context: Context): Promise<() => Promise<void>> {
	const { db, log } = context;
	const hub = await ChangeHub.open({ db: db.getClient().db(db.name), collections: keptCollections, log });
	keepListings(context, hub);
	return () => hub.close();
}
