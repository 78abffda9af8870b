// The market's search: what is found and in which order, what the facets count, and that a change is in the next answer.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BadCursor, InvalidInput } from '#lib/domain/errors.ts';
import type { MarketQuery } from '#lib/domain/market.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { DraftInput } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';
import { ChangeHub } from '#lib/server/realtime/change-hub.ts';
import { keepMarket, latestOf, marketCollections, searchMarket, stateOfMarket } from '#lib/server/services/market.ts';
import { archive, getProduct, pause, resume } from '#lib/server/services/products.ts';
import { reserve } from '#lib/server/services/reservations.ts';
import { updateProfile } from '#lib/server/services/users.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { storeListings } from '#tests/support/many-listings.ts';
import { aDraft, aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const chain = aChain(31337, [
	{ symbol: 'USDT', decimals: 6 },
	{ symbol: 'USDC', decimals: 18 }
]);
const other = aChain(31338, [{ symbol: 'DAI', decimals: 18 }]);
const account = demoAccount('seller');
const seller = { wallet: account.address.toLowerCase() as Wallet };
const buyer = { wallet: demoAccount('buyer').address.toLowerCase() as Wallet };

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain, other]);
	context = support.context;
	await storeTokenEvents(context, chain);
	await storeTokenEvents(context, other);
});
afterAll(() => support?.close());
afterEach(async () => {
	support.setTime(null);
	const { products, orders, reservations, users } = context.models;
	await Promise.all([products, orders, reservations, users].map(({ collection }) => collection.deleteMany({})));
});

const titles = async (query: MarketQuery) => (await searchMarket(context, query)).items.map(({ title }) => title);

/** A listing at a price in whole tokens. */
function at(title: string, price: number, change: DraftInput & { on?: typeof chain; token?: number } = {}) {
	const { on = chain, token = 0, ...rest } = change;
	const { address, decimals } = on.tokens[token]!;
	const [base] = aDraft(on).prices!;
	const unitPrice = `${price}${'0'.repeat(decimals)}`;
	const posted = rest.kind === undefined || rest.kind === 'physical';
	const cost = posted ? {} : { region: '', shippingCost: '0' };
	return aListedProduct(context, account, {
		title,
		prices: [{ ...base!, ...cost, token: address, unitPrice }],
		...rest
	});
}

describe('words', () => {
	const plain = 'As good as it was on its first day.';
	beforeEach(async () => {
		await at('Desk lamp, brass shade', 140, { tags: ['light'] });
		await at('Lamp', 30, { description: 'It gives light to a whole room.' });
		await at('Mechanical keyboard', 185, {
			category: 'electronics',
			summary: 'With a lamp under each key.',
			description: plain
		});
		await at('手工茶壶 300 ml', 60, { description: '景德镇手工制作的小茶壶，适合一个人喝茶。' });
		await at('Café table', 90, { tags: ['Möbel'], description: plain });
	});

	test.each<[string, string[]]>([
		['lamp', ['Lamp', 'Desk lamp, brass shade', 'Mechanical keyboard']],
		['LAMPS', ['Lamp', 'Desk lamp, brass shade', 'Mechanical keyboard']],
		['brass lamp', ['Desk lamp, brass shade']],
		['light', ['Desk lamp, brass shade', 'Lamp']],
		['keyb', ['Mechanical keyboard']],
		['mecha key', ['Mechanical keyboard']],
		['keybaord', ['Mechanical keyboard']],
		['mechanicl kyeboard', ['Mechanical keyboard']],
		['lmap', ['Lamp', 'Desk lamp, brass shade', 'Mechanical keyboard']],
		['cafe', ['Café table']],
		['mobel', ['Café table']],
		['茶壶', ['手工茶壶 300 ml']],
		['茶', ['手工茶壶 300 ml']],
		['手工制作', ['手工茶壶 300 ml']],
		['壶茶', []],
		['electronics', ['Mechanical keyboard']],
		['sofa', []],
		['lamp sofa', []],
		['300', ['手工茶壶 300 ml']],
		['301', []]
	])('“%s” finds %j', async (text, found) => {
		expect(await titles({ text })).toEqual(found);
	});

	test('a slip is looked for only where nothing is meant by what was typed', async () => {
		await at('Damp meter', 12);
		expect(await titles({ text: 'damp' })).toEqual(['Damp meter']);
	});

	test('relevance is the order of a text, unless another is asked for', async () => {
		expect(await titles({ text: 'lamp', sort: 'price-high' })).toEqual([
			'Mechanical keyboard',
			'Desk lamp, brass shade',
			'Lamp'
		]);
		expect((await titles({ sort: 'relevance' }))[0]).toBe('Café table');
	});

	test.each<[string, MarketQuery]>([
		['a regular expression', { text: '.*' }],
		['half of one', { text: '(((((((((((a+)+)+)+' }],
		['an operator', { text: '{"$gt":""}' }],
		['a prototype', { text: '__proto__ constructor toString' }],
		['a very long word', { text: 'x'.repeat(100) }],
		['many words', { text: 'a b c d e f g h i j k l m n o p q r s t u v w x y z' }],
		['signs of every kind', { text: '💡 ‮ \' " ; -- <script>'.replace('‮', '') }]
	])('%s is only text', async (_, query) => {
		const { items, total } = await searchMarket(context, query);
		expect(items.length).toBe(total);
	});

	test.each<[string, object]>([
		['an object for a text', { text: { $gt: '' } }],
		['a text without end', { text: 'x'.repeat(121) }],
		['a direction override', { text: 'a\u202eb' }],
		['an unknown field', { $where: '1' }],
		['a token that is none', { token: ['<script>'] }],
		['a rating that is no step', { rating: 2 }],
		['an endless page', { limit: 1e9 }]
	])('%s is refused', async (_, query) => {
		await expect(searchMarket(context, query as MarketQuery)).rejects.toBeInstanceOf(InvalidInput);
	});
});

describe('facets', () => {
	beforeEach(async () => {
		await at('Lamp', 10);
		await at('Keyboard', 60, { category: 'electronics', token: 1 });
		await at('Camera', 400, { category: 'electronics', stock: 0 });
		await at('Font', 600, { category: 'design', kind: 'digital', stock: null, on: other });
	});

	test('count what each choice would find, and leave their own choice out', async () => {
		const all = await searchMarket(context, {});
		expect(all.total).toBe(4);
		expect(all.facets).toEqual({
			category: { home: 1, electronics: 2, design: 1 },
			kind: { physical: 3, digital: 1 },
			chain: { 31337: 3, 31338: 1 },
			token: { USDT: 2, USDC: 1, DAI: 1 },
			price: [1, 1, 1, 1],
			rating: { 3: 0, 4: 0, 4.5: 0 },
			inStock: 3
		});
		const chosen = await searchMarket(context, { category: 'electronics', inStock: true });
		expect(chosen.items.map(({ title }) => title)).toEqual(['Keyboard']);
		expect(chosen.facets).toMatchObject({
			category: { home: 1, electronics: 1, design: 1 },
			kind: { physical: 1 },
			token: { USDC: 1 },
			price: [0, 1, 0, 0],
			inStock: 1
		});
		expect(chosen.facets.kind).not.toHaveProperty('digital');
	});

	test.each<[MarketQuery, string[]]>([
		[{ kind: ['digital', 'service'] }, ['Font']],
		[{ chainId: 31338 }, ['Font']],
		[{ token: ['USDC', 'DAI'] }, ['Font', 'Keyboard']],
		[{ priceMin: '10.01', priceMax: '400' }, ['Camera', 'Keyboard']],
		[{ seller: buyer.wallet }, []],
		[{ inStock: true, sort: 'price-low' }, ['Lamp', 'Keyboard', 'Font']]
	])('%j finds %j', async (query, found) => {
		expect(await titles(query)).toEqual(found);
	});
});

describe('several prices', () => {
	const [first, second] = chain.tokens as [(typeof chain.tokens)[0], (typeof chain.tokens)[0]];
	const [third] = other.tokens as [(typeof other.tokens)[0]];
	/** A listing at these prices in whole tokens, in this order. */
	const priced = (title: string, ...prices: [typeof chain, typeof first, number][]) =>
		aListedProduct(context, account, {
			title,
			prices: prices.map(([{ chainId }, { address, decimals }, price]) => ({
				...aDraft(chain).prices![0]!,
				chainId,
				token: address,
				unitPrice: `${price}${'0'.repeat(decimals)}`
			}))
		});
	const tiles = async (query: MarketQuery) =>
		(await searchMarket(context, query)).items.map(({ title, prices: [price] }) => [
			title,
			Number(price!.unitPrice) / 10 ** price!.decimals
		]);
	beforeEach(async () => {
		await priced('Camera', [chain, first, 300], [chain, second, 20], [other, third, 90]);
		await priced('Lamp', [chain, first, 30]);
		await priced('Chair', [other, third, 60], [chain, first, 70]);
	});

	test('the lowest is what a tile shows, and what is sorted by', async () => {
		expect(await tiles({ sort: 'price-low' })).toEqual([
			['Camera', 20],
			['Lamp', 30],
			['Chair', 60]
		]);
		const [camera] = (await searchMarket(context, { sort: 'price-low', limit: 1 })).items;
		const page = await getProduct(context, null, camera!);
		expect(page.prices).toEqual(camera!.prices);
		expect(page.prices.map(({ symbol }) => symbol)).toEqual(['USDC', 'DAI', 'USDT']);
	});

	test.each<[MarketQuery, [string, number][]]>([
		[{ chainId: 31338, priceMax: '80' }, [['Chair', 60]]],
		[
			{ token: ['USDT'], priceMax: '70' },
			[
				['Lamp', 30],
				['Chair', 70]
			]
		],
		[{ token: ['DAI'], chainId: 31337 }, []],
		[
			{ token: ['USDT', 'DAI'] },
			[
				['Lamp', 30],
				['Chair', 60],
				['Camera', 90]
			]
		],
		[{ priceMin: '90', priceMax: '300' }, [['Camera', 90]]]
	])('one and the same of them is %j', async (query, found) => {
		expect(await tiles({ ...query, sort: 'price-low' })).toEqual(found);
		expect((await tiles({ ...query, sort: 'price-high' })).toReversed()).toEqual(found);
	});

	test('what is counted beside a choice is what choosing it finds', async () => {
		const bands = [{ priceMax: '25' }, { priceMin: '25', priceMax: '100' }, { priceMin: '100', priceMax: '500' }];
		const searches: MarketQuery[] = [
			{},
			{ chainId: 31337 },
			{ token: ['USDT'] },
			{ priceMax: '80' },
			{ chainId: 31338, priceMin: '80' }
		];
		for (const base of searches) {
			const { priceMin: _least, priceMax: _most, ...rest } = base;
			const { facets } = await searchMarket(context, base);
			const found = async (more: MarketQuery) => (await searchMarket(context, { ...base, ...more })).total;
			for (const chainId of [31337, 31338]) expect(facets.chain[chainId] ?? 0).toBe(await found({ chainId }));
			for (const symbol of ['USDT', 'USDC', 'DAI'])
				expect(facets.token[symbol] ?? 0).toBe(await found({ token: [symbol] }));
			for (const [index, band] of bands.entries())
				expect(facets.price[index]).toBe((await searchMarket(context, { ...rest, ...band })).total);
			expect(facets.category.home ?? 0).toBe(await found({ category: 'home' }));
		}
	});
});

describe('pages', () => {
	test('are stable while things change: nothing twice, nothing left out', async () => {
		await storeListings(context, 120);
		const queries: MarketQuery[] = [
			{},
			{ sort: 'price-low' },
			{ sort: 'price-high', inStock: true },
			{ sort: 'rating' },
			{ text: 'brass' },
			{ text: 'vintage', sort: 'newest' }
		];
		for (const query of queries) {
			const before = (await searchMarket(context, { ...query, limit: 100 })).items.map(({ id }) => id);
			const seen: string[] = [];
			let cursor: string | undefined;
			for (let page = 0; ; page++) {
				const { items, next } = await searchMarket(context, { ...query, limit: 9, cursor });
				seen.push(...items.map(({ id }) => id));
				if (page === 0) await at(`Vintage brass thing ${JSON.stringify(query)}`, 1);
				if (next === null || seen.length >= 100) break;
				cursor = next;
			}
			expect(new Set(seen).size).toBe(seen.length);
			expect(before.slice(0, seen.length - 1).filter((id) => !seen.includes(id))).toEqual([]);
		}
	});

	test('a cursor of another list, or none at all, is refused', async () => {
		await storeListings(context, 3);
		const { next } = await searchMarket(context, { limit: 1 });
		await expect(searchMarket(context, { sort: 'price-low', cursor: next! })).rejects.toBeInstanceOf(BadCursor);
		for (const value of ['x', 'e30', '["newest",{"$gt":""},1,"x"]', '["newest",1e999,1,"x"]', '[]']) {
			const cursor = value.startsWith('[') ? Buffer.from(value).toString('base64url') : value;
			await expect(searchMarket(context, { cursor })).rejects.toBeInstanceOf(BadCursor);
		}
	});
});

test('whoever blocks a seller finds as many listings as the counts say, on full pages', async () => {
	for (const title of ['Lamp', 'Font', 'Desk']) await at(title, 10);
	const spammer = `0x${'b'.repeat(40)}` as Wallet;
	for (let number = 0; number < 5; number++) {
		const { id } = await at(`Spam ${number}`, 60, { category: 'electronics' });
		await context.models.products.updateOne({ _id: id }, { seller: spammer });
	}
	const blocked = new Set([spammer]);
	const first = await searchMarket(context, { limit: 2 }, blocked);
	expect(first.items.map(({ title }) => title)).toEqual(['Desk', 'Font']);
	expect([first.total, first.facets.category, first.facets.price]).toEqual([3, { home: 3 }, [3, 0, 0, 0]]);
	const second = await searchMarket(context, { limit: 2, cursor: first.next! }, blocked);
	expect([second.items.map(({ title }) => title), second.next]).toEqual([['Lamp'], null]);
	const { total, latest } = await latestOf(context, {}, blocked);
	expect([total, latest.length]).toEqual([3, 3]);
	expect((await searchMarket(context, {})).total).toBe(8);
});

test('sellers who were rated well come first, and one rating does not outweigh many', async () => {
	const [unrated, loved, once] = ['b', 'c', 'd'].map((digit) => `0x${digit.repeat(40)}` as Wallet);
	const joinedAt = new Date();
	const stats = (count: number, mean: number) => ({ count, mean, ratings: [0, 0, 0, 0, count] });
	await context.models.users.insertMany([
		{ _id: unrated, joinedAt },
		{ _id: loved, joinedAt, stats: stats(80, 4.8) },
		{ _id: once, joinedAt, stats: stats(1, 5) }
	]);
	for (const [title, of] of [
		['Unrated', unrated],
		['Loved', loved],
		['Once', once]
	] as const) {
		const { id } = await at(title, 10);
		await context.models.products.updateOne({ _id: id }, { seller: of });
	}
	expect(await titles({ sort: 'rating' })).toEqual(['Loved', 'Once', 'Unrated']);
	const { total, facets } = await searchMarket(context, { rating: 4.5, sort: 'newest' });
	expect([total, facets.rating]).toEqual([2, { 3: 2, 4: 2, 4.5: 2 }]);
});

test('a listing whose offers ran out is not found', async () => {
	await at('Lamp', 10);
	support.setTime(new Date(Date.now() + 31 * 86_400_000));
	expect(await titles({})).toEqual([]);
});

describe('a node that is told of changes', () => {
	let hub: ChangeHub;
	/** Resolves when the hub has told of a change of the collection. */
	let told: (collection: string) => Promise<void>;
	const open = async (mine: TestContext) => {
		const { db, log } = mine.context;
		hub = await ChangeHub.open({ db: db.getClient().db(db.name), collections: marketCollections, log });
		const changed = keepMarket(mine.context);
		hub.onGroup(({ changes }) => changed(changes));
		const heard: string[] = [];
		let wake = () => {};
		hub.onGroup(({ changes }) => {
			heard.push(...changes.map(({ collection }) => collection));
			wake();
		});
		told = async (collection) => {
			while (!heard.includes(collection)) await new Promise<void>((resolve) => (wake = resolve));
			heard.length = 0;
		};
	};

	test('has each of them in the next answer, as one that reads the market anew', async () => {
		const kept = await testContext([chain, other], { shares: support });
		await open(kept);
		const here = async (query: MarketQuery = {}) => {
			const found = await searchMarket(kept.context, query);
			expect(found).toEqual(await searchMarket(context, query));
			return found;
		};
		expect((await here()).total).toBe(0);
		const lamp = await at('Lamp', 10, { stock: 3 });
		await told('products');
		expect((await here({ text: 'lamp' })).items).toMatchObject([{ title: 'Lamp', available: 3 }]);

		await storeOrder(context, lamp, { buyer: buyer.wallet, quantity: 1 });
		await told('orders');
		expect((await here()).items).toMatchObject([{ available: 2 }]);
		await reserve(context, buyer, { product: lamp.id, quantity: 2 });
		await told('reservations');
		expect((await here({ inStock: true })).total).toBe(0);

		await context.models.users.create([{ _id: seller.wallet, joinedAt: new Date() }]);
		await updateProfile(context, seller, { displayName: 'Mara' });
		await told('users');
		expect((await here({ text: 'mara' })).items).toMatchObject([{ seller: { displayName: 'Mara' } }]);

		await pause(context, seller, lamp);
		await told('products');
		expect((await here()).total).toBe(0);
		await resume(context, seller, lamp);
		await told('products');
		expect((await here({ text: 'lmap' })).total).toBe(1);
		await archive(context, seller, lamp);
		await told('products');
		expect((await here()).total).toBe(0);
		await hub.close();
		await kept.close();
	});

	test('is in one state until something changes, or an offer ends by itself', async () => {
		const kept = await testContext([chain, other], { shares: support });
		await open(kept);
		await at('Lamp', 10);
		await told('products');
		const lamp = async () => (await searchMarket(kept.context, {})).total;
		expect(await lamp()).toBe(1);
		const state = await stateOfMarket(kept.context);
		expect(state).not.toBeNull();
		kept.setTime(new Date(Date.now() + 29 * 86_400_000));
		expect(await lamp()).toBe(1);
		expect(await stateOfMarket(kept.context)).toBe(state);
		kept.setTime(new Date(Date.now() + 31 * 86_400_000));
		expect(await stateOfMarket(kept.context)).not.toBe(state);
		expect(await lamp()).toBe(0);
		expect(await stateOfMarket(context)).toBeNull();
		await hub.close();
		await kept.close();
	});
});
