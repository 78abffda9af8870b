import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { marketQuery, type MarketQuery, type MarketSearch } from '#lib/domain/market.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { MarketIndex, sortOf, type Found } from '#lib/server/services/market-index.ts';
import { cardsOf, type ProductCard } from '#lib/server/services/products.ts';
import type { Field } from '#lib/server/services/text-index.ts';

/** Whatever the market shows is in one of these collections. */
export const marketCollections: readonly string[] = ['products', 'orders', 'reservations', 'users'];

/** One document's step: what the market has to know of a change. */
type Change = {
	collection: string;
	id: string;
	before: Readonly<Record<string, unknown>> | null;
	after: Readonly<Record<string, unknown>> | null;
};

type Query = z.output<typeof marketQuery>;
type Answers = LRUCache<string, Found>;
const nobody: ReadonlySet<Wallet> = new Set();
const noAnswers = (): Answers => new LRUCache({ max: 500 });

/** How long stock is believed that waits for a reservation to run out; ms. */
const maxAge = 10_000;
/** Listings that are read at once. */
const batch = 500;

const kept = new WeakMap<object, Market>();

/**
 * Keeps the market of this process in memory, from now on.
 * @returns what has to be called with the changes of each moment, or with null when changes may have been missed
 */
export function keepMarket(context: Context): (changes: readonly Change[] | null) => void {
	const market = new Market(context);
	kept.set(context.db, market);
	market.ready().catch((error: unknown) => context.log.warn({ reason: String(error) }, 'the market is not read yet'));
	return (changes) => market.note(changes);
}

/**
 * What is for sale, a page at a time, with the counts of every facet. A process that nobody tells of changes reads the
 * market for each search.
 * @param without sellers whose listings are neither shown nor counted: whom the viewer blocks
 * @throws {InvalidInput} {BadCursor}
 */
export async function searchMarket(
	context: Context,
	input: MarketQuery,
	without: ReadonlySet<Wallet> = nobody
): Promise<Found> {
	const query = parseInput(marketQuery, input);
	const market = kept.get(context.db) ?? new Market(context);
	// Spelt out, so that one search has one answer however it is asked for.
	return market.search({ ...query, sort: sortOf(query) }, without);
}

/**
 * What all searches find now: another object as soon as one of them may find something else. Null in a process that nobody
 * tells of changes.
 */
export async function stateOfMarket({ db }: Context): Promise<object | null> {
	return (await kept.get(db)?.current()) ?? null;
}

/** What a tile of a list shows of a listing, and no more: it travels twice, as a page and as that page's data. */
export function tileOf({ id, title, category, kind, image, prices, available, status, seller }: ProductCard) {
	const shown = prices.map(({ chainId, unitPrice, symbol, decimals }) => ({ chainId, unitPrice, symbol, decimals }));
	return { id, title, category, kind, image, prices: shown, available, status, seller };
}

/** How many listings a search finds, and when the latest were listed; ms. @throws {InvalidInput} */
export async function latestOf(
	context: Context,
	search: MarketSearch,
	without?: ReadonlySet<Wallet>
): Promise<{ total: number; latest: number[] }> {
	const { total, items } = await searchMarket(context, { ...search, sort: 'newest' }, without);
	return { total, latest: items.map(({ listedAt }) => listedAt?.getTime() ?? 0) };
}

/**
 * What says whether a search finds a listing. A word that is like one of this listing's and no word of it does not: whoever
 * typed it may have meant it.
 */
export async function finderOf(context: Context, product: ProductDocument): Promise<(search: MarketSearch) => boolean> {
	const index = new MarketIndex();
	for (const entry of await entriesOf(context, [product])) index.set(entry);
	const now = context.now().getTime();
	return (search) => {
		const query = marketQuery.safeParse(search);
		return query.success && index.search(query.data, now, { slips: false }).total > 0;
	};
}

/** The market's index of one process, and what has changed since it was read. */
class Market {
	readonly #context: Context;
	readonly #index = new MarketIndex();
	#answers = noAnswers();
	/** When an offer ends, and with it what the answers say, whether or not anything changes; ms. */
	#endsAt = Infinity;
	/** Listings that have to be read anew. */
	#changed = new Set<string>();
	#sellersChanged = new Set<string>();
	#allChanged = true;
	#reading: Promise<void> | null = null;
	/** Listings of which units are reserved: those come back without a change. */
	readonly #reserved = new Set<string>();
	#lookedAgain = 0;

	constructor(context: Context) {
		this.#context = context;
	}

	note(changes: readonly Change[] | null): void {
		if (changes === null) this.#allChanged = true;
		for (const { collection, id, before, after } of changes ?? []) {
			const product = (after ?? before)?.product;
			if (collection === 'products') this.#changed.add(id);
			else if (collection === 'users') this.#sellersChanged.add(id);
			else if (marketCollections.includes(collection) && typeof product === 'string') this.#changed.add(product);
		}
	}

	async search(query: Query, without: ReadonlySet<Wallet>): Promise<Found> {
		const answers = await this.current();
		const now = this.#context.now().getTime();
		// One viewer's own: nobody else asks for it.
		if (without.size > 0) return this.#index.search(query, now, { without });
		const key = JSON.stringify(query);
		const known = answers.get(key);
		if (known !== undefined) return known;
		const found = this.#index.search(query, now);
		answers.set(key, found);
		return found;
	}

	/** What was found since the market last changed. */
	async current(): Promise<Answers> {
		await this.ready();
		if (this.#context.now().getTime() >= this.#endsAt) this.#forget();
		return this.#answers;
	}

	#forget(): void {
		this.#answers = noAnswers();
		this.#endsAt = this.#index.nextEnd(this.#context.now().getTime());
	}

	/** Resolves when everything that was noted before is in the index. */
	async ready(): Promise<void> {
		this.#lookAgain();
		// What was noted while a read ran may not be in it.
		if (this.#reading !== null) await this.#reading;
		if (this.#isBehind()) this.#reading ??= this.#read().finally(() => (this.#reading = null));
		await this.#reading;
	}

	#isBehind(): boolean {
		return this.#allChanged || this.#changed.size > 0 || this.#sellersChanged.size > 0;
	}

	#lookAgain(): void {
		const now = this.#context.now().getTime();
		if (now < this.#lookedAgain + maxAge) return;
		this.#lookedAgain = now;
		for (const id of this.#reserved) this.#changed.add(id);
	}

	async #read(): Promise<void> {
		const all = this.#allChanged;
		const ids = this.#changed;
		const sellers = this.#sellersChanged;
		this.#allChanged = false;
		this.#changed = new Set();
		this.#sellersChanged = new Set();
		try {
			if (all) await this.#readAll();
			else {
				const wanted = new Set(ids);
				if (sellers.size > 0)
					for (const { id, seller } of this.#index.cards()) if (sellers.has(seller.wallet)) wanted.add(id);
				await this.#readSome([...wanted]);
			}
		} catch (error) {
			this.#allChanged ||= all;
			for (const id of ids) this.#changed.add(id);
			for (const seller of sellers) this.#sellersChanged.add(seller);
			throw error;
		} finally {
			this.#forget();
		}
	}

	async #readAll(): Promise<void> {
		const gone = new Set([...this.#index.cards()].map(({ id }) => id));
		let after = '';
		for (;;) {
			const products = await this.#context.models.products
				.find({ ...onTheMarket, _id: { $gt: after } })
				.sort({ _id: 1 })
				.limit(batch)
				.lean();
			await this.#take(products);
			for (const { _id } of products) gone.delete(_id);
			if (products.length < batch) break;
			after = products.at(-1)?._id ?? '';
		}
		for (const id of gone) this.#drop(id);
	}

	async #readSome(ids: readonly string[]): Promise<void> {
		for (let start = 0; start < ids.length; start += batch) {
			const part = ids.slice(start, start + batch);
			const products = await this.#context.models.products.find({ ...onTheMarket, _id: { $in: part } }).lean();
			await this.#take(products);
			const found = new Set(products.map(({ _id }) => _id));
			for (const id of part) if (!found.has(id)) this.#drop(id);
		}
	}

	async #take(products: readonly ProductDocument[]): Promise<void> {
		for (const entry of await entriesOf(this.#context, products)) {
			this.#index.set(entry);
			if (entry.card.reserved > 0) this.#reserved.add(entry.card.id);
			else this.#reserved.delete(entry.card.id);
		}
	}

	#drop(id: string): void {
		this.#index.delete(id);
		this.#reserved.delete(id);
	}
}

/** What anybody may find. */
const onTheMarket = { status: 'listed', visibility: 'public' } as const;

async function entriesOf(context: Context, products: readonly ProductDocument[]) {
	const cards = await cardsOf(context, products);
	return products.map((product, index) => {
		const card = cards[index] as ProductCard;
		return { card, fields: fieldsOf(product, card), validUntil: product.validUntil?.getTime() ?? 0 };
	});
}

/** What a listing is found by: the fewer words its title has, the more each says. */
function fieldsOf(product: ProductDocument, { seller }: ProductCard): Field[] {
	const words = product.title.split(' ').length;
	return [
		{ text: product.title, weight: 10 + 4 / words },
		{ text: product.tags.join(' '), weight: 6 },
		{ text: `${product.category} ${product.kind}`, weight: 4 },
		{ text: `${product.summary} ${seller.displayName}`, weight: 3 },
		{ text: product.description, weight: 1 }
	];
}
