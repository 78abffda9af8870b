// The market in memory: what is searched, counted and sorted without asking the database.
import type { z } from 'zod';
import { BadCursor } from '#lib/domain/errors.ts';
import type { MarketFacets, marketQuery } from '#lib/domain/market.ts';
import { priceBands, ratingSteps, type MarketSort } from '#lib/domain/market-choices.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { searchWords } from '#lib/domain/search-words.ts';
import { wholeTokens, type ProductCard } from '#lib/server/services/products.ts';
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

/**
 * A page of what a search found, each with the prices first that it was found by, much it found in all, and
 * what each other choice would find.
 */
export type Found = { items: ProductCard[]; next: string | null; total: number; facets: MarketFacets };

/** What listings are compared and counted by, made once when they are added. */
type Row = Entry & {
	listedAt: number;
	rating: number;
	/** In the order of the card's: the cheapest first. */
	prices: readonly RowPrice[];
};
type RowPrice = {
	amount: number;
	chain: string;
	symbol: string;
	/** The bands of `priceBands` that it is in, as bits: two where it is on their edge. */
	bands: number;
};

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
			rating:
				(assumed.count * assumed.mean + (rating?.count ?? 0) * (rating?.mean ?? 0)) /
				(assumed.count + (rating?.count ?? 0)),
			prices: card.prices.map((price) => {
				const amount = wholeTokens(price);
				return { amount, chain: String(price.chainId), symbol: price.symbol, bands: bandsOf(amount) };
			})
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
		const keyOf = (row: Row, lowest: RowPrice): number => {
			if (sort === 'newest') return row.listedAt;
			if (sort === 'rating') return row.rating;
			return sort === 'relevance' ? (scores?.get(row.card.id) ?? 0) : lowest.amount;
		};
		const page = new FirstPlaces<Row>(query.limit + 1, direction[sort], after);
		const judge = judgeOf(query);
		const judgePrice = priceJudgeOf(query);
		const facets = noFacets();
		/** Of the row that is looked at, what keeps each of its prices out. */
		const missingOf: number[] = [];
		let total = 0;
		for (const row of this.#found(scores)) {
			const { wallet } = row.card.seller;
			if (row.validUntil <= now || (query.seller !== undefined && wallet !== query.seller)) continue;
			if (without?.has(wallet)) continue;
			const missing = judge(row);
			if (isSeveral(missing)) continue;
			let lowest: RowPrice | undefined;
			for (let index = 0; index < row.prices.length; index++) {
				const price = row.prices[index] as RowPrice;
				missingOf[index] = judgePrice(price);
				if (missingOf[index] === 0) lowest ??= price;
			}
			if (missing === 0 && lowest !== undefined) {
				total++;
				page.offer(row, { key: keyOf(row, lowest), listedAt: row.listedAt, id: row.card.id });
			}
			if (lowest !== undefined) countItself(facets, row, missing);
			if (missing === 0) countPrices(facets, row, missingOf);
		}
		const places = page.places;
		const last = places[query.limit - 1];
		return {
			items: places.slice(0, query.limit).map(({ item }) => cardFor(item, judgePrice)),
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

/** A listing with those of its prices first that a search asks for: what a tile shows is what it was found and sorted by. */
function cardFor({ card, prices }: Row, judgePrice: (price: RowPrice) => number): ProductCard {
	const isAsked = prices.map((price) => judgePrice(price) === 0);
	if (isAsked.every(Boolean)) return card;
	const asked = card.prices.filter((_, index) => isAsked[index]);
	return { ...card, prices: [...asked, ...card.prices.filter((_, index) => !isAsked[index])] };
}

/** Which facets keep a listing out of a search whatever it costs, as bits. */
function judgeOf(query: Query): (row: Row) => number {
	const { category, kind, rating, inStock } = query;
	return ({ card }) =>
		(category !== undefined && card.category !== category ? facet.category : 0) |
		(kind.length > 0 && !kind.includes(card.kind) ? facet.kind : 0) |
		(rating !== undefined && (card.seller.rating?.mean ?? 0) < rating ? facet.rating : 0) |
		(inStock && card.available === 0 ? facet.inStock : 0);
}

/**
 * Which facets keep one price of a listing out of a search, as bits. One and the same price has to be what is asked for: one
 * that is low enough on a chain says nothing of what it costs on another.
 */
function priceJudgeOf({ chainId, token, priceMin, priceMax }: Query): (price: RowPrice) => number {
	const asked = chainId === undefined ? null : String(chainId);
	const least = priceMin === undefined ? -Infinity : Number(priceMin);
	const most = priceMax === undefined ? Infinity : Number(priceMax);
	return ({ chain, symbol, amount }) =>
		(asked !== null && chain !== asked ? facet.chain : 0) |
		(token.length > 0 && !token.includes(symbol) ? facet.token : 0) |
		(amount < least || amount > most ? facet.price : 0);
}

/** Whether more than one bit is set. */
function isSeveral(bits: number): boolean {
	return (bits & (bits - 1)) !== 0;
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

/** Counts a listing in the facets that no price decides, where no other keeps it out: `missing` is one at most. */
function countItself(facets: MarketFacets, { card }: Row, missing: number): void {
	const counts = (bit: number) => missing === 0 || missing === bit;
	if (counts(facet.category)) raise(facets.category, card.category);
	if (counts(facet.kind)) raise(facets.kind, card.kind);
	if (counts(facet.rating))
		for (const step of ratingSteps) if ((card.seller.rating?.mean ?? 0) >= step) raise(facets.rating, `${step}`);
	if (counts(facet.inStock) && card.available !== 0) facets.inStock++;
}

/** Counts it in those that its prices decide, by each price that no other of them keeps out. */
function countPrices(facets: MarketFacets, { prices }: Row, missingOf: readonly number[]): void {
	const but = (bit: number, index: number) => ((missingOf[index] as number) & ~bit) === 0;
	/** Whether a price is the first to say this of the listing, which counts once. */
	const isFirst = (bit: number, index: number, part: 'chain' | 'symbol') => {
		if (!but(bit, index)) return false;
		for (let other = 0; other < index; other++)
			if (but(bit, other) && prices[other]?.[part] === prices[index]?.[part]) return false;
		return true;
	};
	let bands = 0;
	prices.forEach((price, index) => {
		if (isFirst(facet.chain, index, 'chain')) raise(facets.chain, price.chain);
		if (isFirst(facet.token, index, 'symbol')) raise(facets.token, price.symbol);
		if (but(facet.price, index)) bands |= price.bands;
	});
	for (let index = 0; index < facets.price.length; index++)
		if ((bands & (1 << index)) !== 0) facets.price[index] = (facets.price[index] as number) + 1;
}

function bandsOf(amount: number): number {
	return priceBands.reduce(
		(bits, { from, to }, index) => (amount >= (from ?? 0) && amount <= (to ?? Infinity) ? bits | (1 << index) : bits),
		0
	);
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
