// The market in memory: what is searched, counted and sorted without asking the database.
import type { z } from 'zod';
import { BadCursor } from '#lib/domain/errors.ts';
import type { MarketFacets, marketQuery } from '#lib/domain/market.ts';
import { priceBands, ratingSteps, type MarketSort } from '#lib/domain/market-choices.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { searchWords } from '#lib/domain/search-words.ts';
import type { ProductCard } from '#lib/server/services/products.ts';
import { TextIndex, type Field } from '#lib/server/services/text-index.ts';

/** A listing as the market holds it. */
export type Entry = {
	card: ProductCard;
	/** What it is found by. */
	fields: readonly Field[];
	/** Last moment of its offers; ms. */
	validUntil: number;
};

type Query = z.output<typeof marketQuery>;

/** How a search is done, beside what is asked for. */
type SearchOptions = {
	/** Whether a word may stand for one that is like it. */
	slips?: boolean;
	/** Sellers whose listings are neither found nor counted. */
	without?: ReadonlySet<Wallet>;
};

/** A page of what a search found, how much it found in all, and what each other choice would find. */
export type Found = { items: ProductCard[]; next: string | null; total: number; facets: MarketFacets };

/** What listings are compared and counted by, made once when they are added. */
type Row = Entry & { listedAt: number; price: number; rating: number; chains: string[]; tokens: string[] };

/** A row's place in a list: what it is sorted by, when it was listed, its id. */
type Place = { key: number; listedAt: number; id: string };

/** Facets as bits: a listing that only one of them keeps out counts in that one. */
const facet = { category: 1, kind: 2, chain: 4, token: 8, price: 16, rating: 32, inStock: 64 } as const;

/** So many ratings of so much are assumed of everybody, that one happy buyer does not outrank a hundred. */
const assumed = { count: 4, mean: 3.5 } as const;

const direction: Record<MarketSort, 1 | -1> = {
	relevance: -1,
	newest: -1,
	'price-low': 1,
	'price-high': -1,
	rating: -1
};

export class MarketIndex {
	readonly #rows = new Map<string, Row>();
	readonly #text = new TextIndex();

	set(entry: Entry): void {
		const { card } = entry;
		const { rating } = card.seller;
		this.#rows.set(card.id, {
			...entry,
			listedAt: card.listedAt?.getTime() ?? 0,
			price: Math.min(...card.prices.map(({ unitPrice, decimals }) => Number(unitPrice) / 10 ** decimals)),
			rating:
				(assumed.count * assumed.mean + (rating?.count ?? 0) * (rating?.mean ?? 0)) /
				(assumed.count + (rating?.count ?? 0)),
			chains: [...new Set(card.prices.map(({ chainId }) => String(chainId)))],
			tokens: [...new Set(card.prices.map(({ symbol }) => symbol))]
		});
		this.#text.set(card.id, entry.fields);
	}

	delete(id: string): void {
		this.#rows.delete(id);
		this.#text.delete(id);
	}

	get size(): number {
		return this.#rows.size;
	}

	cards(): IterableIterator<ProductCard> {
		return this.#rows.values().map(({ card }) => card);
	}

	/** When the next listing leaves because its offers end; ms, infinite where none does. */
	nextEnd(now: number): number {
		let next = Infinity;
		for (const { validUntil } of this.#rows.values()) if (validUntil > now && validUntil < next) next = validUntil;
		return next;
	}

	/** One pass over what has the words: each listing is counted where it belongs, and the page's best are kept. @throws {BadCursor} */
	search(query: Query, now: number, { slips = true, without }: SearchOptions = {}): Found {
		const scores = this.#text.search(query.text, { slips });
		const sort = sortOf(query);
		const after = query.cursor === undefined ? null : readCursor(query.cursor, sort);
		const keyOf = (row: Row): number => {
			if (sort === 'newest') return row.listedAt;
			if (sort === 'rating') return row.rating;
			return sort === 'relevance' ? (scores?.get(row.card.id) ?? 0) : row.price;
		};
		const page = new FirstPlaces<Row>(query.limit + 1, direction[sort], after);
		const judge = judgeOf(query);
		const facets = noFacets();
		let total = 0;
		for (const row of this.#found(scores)) {
			const { wallet } = row.card.seller;
			if (row.validUntil <= now || (query.seller !== undefined && wallet !== query.seller)) continue;
			if (without?.has(wallet)) continue;
			const missing = judge(row);
			if (missing === 0) {
				total++;
				page.offer(row, { key: keyOf(row), listedAt: row.listedAt, id: row.card.id });
			}
			count(facets, row, missing);
		}
		const places = page.places;
		const last = places[query.limit - 1];
		return {
			items: places.slice(0, query.limit).map(({ item }) => item.card),
			next: places.length > query.limit && last !== undefined ? writeCursor(sort, last.place) : null,
			total,
			facets
		};
	}

	*#found(scores: Map<string, number> | null): Generator<Row> {
		if (scores === null) yield* this.#rows.values();
		else for (const id of scores.keys()) yield this.#rows.get(id) as Row;
	}
}

/** The order that a search is shown in. */
export function sortOf({ sort, text }: Pick<Query, 'sort' | 'text'>): MarketSort {
	const byText = sort === undefined || sort === 'relevance';
	return byText ? (searchWords(text, 1).length > 0 ? 'relevance' : 'newest') : sort;
}

/** Which facets keep a listing out of a search, as bits. */
function judgeOf(query: Query): (row: Row) => number {
	const { category, kind, chainId, token, priceMin, priceMax, rating, inStock } = query;
	const chain = chainId === undefined ? null : String(chainId);
	const least = priceMin === undefined ? -Infinity : Number(priceMin);
	const most = priceMax === undefined ? Infinity : Number(priceMax);
	return ({ card, chains, tokens, price }) =>
		(category !== undefined && card.category !== category ? facet.category : 0) |
		(kind.length > 0 && !kind.includes(card.kind) ? facet.kind : 0) |
		(chain !== null && !chains.includes(chain) ? facet.chain : 0) |
		(token.length > 0 && !token.some((symbol) => tokens.includes(symbol)) ? facet.token : 0) |
		(price < least || price > most ? facet.price : 0) |
		(rating !== undefined && (card.seller.rating?.mean ?? 0) < rating ? facet.rating : 0) |
		(inStock && card.available === 0 ? facet.inStock : 0);
}

function noFacets(): MarketFacets {
	return {
		category: {},
		kind: {},
		chain: {},
		token: {},
		price: priceBands.map(() => 0),
		rating: Object.fromEntries(ratingSteps.map((step) => [step, 0])),
		inStock: 0
	};
}

/** Counts a listing in each facet that no other keeps it out of. */
function count(facets: MarketFacets, { card, chains, tokens, price }: Row, missing: number): void {
	const counts = (bit: number) => missing === 0 || missing === bit;
	if (missing !== 0 && (missing & (missing - 1)) !== 0) return;
	if (counts(facet.category)) raise(facets.category, card.category);
	if (counts(facet.kind)) raise(facets.kind, card.kind);
	if (counts(facet.chain)) for (const chain of chains) raise(facets.chain, chain);
	if (counts(facet.token)) for (const symbol of tokens) raise(facets.token, symbol);
	if (counts(facet.price)) {
		priceBands.forEach(({ from, to }, index) => {
			if (price >= (from ?? 0) && price <= (to ?? Infinity)) facets.price[index] = (facets.price[index] ?? 0) + 1;
		});
	}
	if (counts(facet.rating))
		for (const step of ratingSteps) if ((card.seller.rating?.mean ?? 0) >= step) raise(facets.rating, `${step}`);
	if (counts(facet.inStock) && card.available !== 0) facets.inStock++;
}

function raise(counts: Record<string, number>, name: string): void {
	counts[name] = (counts[name] ?? 0) + 1;
}

/** The first so many of what is offered in any order, without sorting the rest. */
class FirstPlaces<T> {
	readonly places: { item: T; place: Place }[] = [];
	readonly #size: number;
	readonly #direction: 1 | -1;
	readonly #after: Place | null;

	constructor(size: number, direction: 1 | -1, after: Place | null) {
		this.#size = size;
		this.#direction = direction;
		this.#after = after;
	}

	offer(item: T, place: Place): void {
		if (this.#after !== null && this.#compare(place, this.#after) <= 0) return;
		const last = this.places.at(-1);
		if (last !== undefined && this.places.length === this.#size && this.#compare(place, last.place) >= 0) return;
		let low = 0;
		for (let high = this.places.length; low < high;) {
			const middle = (low + high) >> 1;
			if (this.#compare((this.places[middle] as { place: Place }).place, place) < 0) low = middle + 1;
			else high = middle;
		}
		this.places.splice(low, 0, { item, place });
		if (this.places.length > this.#size) this.places.pop();
	}

	#compare(a: Place, b: Place): number {
		return (a.key - b.key) * this.#direction || b.listedAt - a.listedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
	}
}

function writeCursor(sort: MarketSort, { key, listedAt, id }: Place): string {
	return Buffer.from(JSON.stringify([sort, key, listedAt, id])).toString('base64url');
}

/** @throws {BadCursor} for what is no cursor of a list so sorted */
function readCursor(cursor: string, sort: MarketSort): Place {
	try {
		const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
		if (Array.isArray(parsed) && parsed.length === 4) {
			const [of, key, listedAt, id] = parsed as unknown[];
			if (of === sort && Number.isFinite(key) && Number.isFinite(listedAt) && typeof id === 'string')
				return { key: key as number, listedAt: listedAt as number, id };
		}
	} catch {
		// refused below, like a cursor of another list
	}
	throw new BadCursor();
}
