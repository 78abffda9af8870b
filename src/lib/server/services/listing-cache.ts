import { LRUCache } from 'lru-cache';
import type { Context } from '#lib/server/context.ts';

/** Whatever is remembered for visitors, a profile or this market's figures, is made of these collections. */
export const listingCollections: readonly string[] = [
	'products',
	'orders',
	'reservations',
	'users',
	'cases',
	'arbitrators'
];

/** For what no change tells: a reservation that ran out, an offer that did. */
const maxAge = 30_000;

type Cache = LRUCache<string, Promise<unknown>>;
const caches = new WeakMap<object, Cache>();

/**
 * Lets this process remember what visitors are shown, because it is told of changes.
 * @returns what has to be called with the collections of each change, or with null when changes may have been missed
 */
export function rememberListings({ db }: Context): (changed: readonly string[] | null) => void {
	const cache: Cache = new LRUCache({ max: 500, ttl: maxAge });
	caches.set(db, cache);
	return (changed) => {
		// What is being read now goes too, so that nobody who asks from now on gets what was there before.
		if (changed === null || changed.some((collection) => listingCollections.includes(collection))) cache.clear();
	};
}

/**
 * What `read` gives of what anybody may see, or what it gave for the same key since the last change. Visitors
 * who ask at once share one reading. Where no one tells this process of changes, everything is read.
 */
export async function readListing<T>({ db }: Context, key: string, read: () => PromiseLike<T>): Promise<T> {
	const cache = caches.get(db);
	if (cache === undefined) return read();
	const known = cache.get(key);
	if (known !== undefined) return known as Promise<T>;

	// A query of Mongoose passes for a promise but runs once: what is kept is a promise of its result.
	const reading = Promise.resolve(read());
	cache.set(key, reading);
	try {
		return await reading;
	} catch (error) {
		if (cache.peek(key) === reading) cache.delete(key);
		throw error;
	}
}
