// Searches that are kept, and who is told of what is listed: each once, whoever dies in the middle.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NotFound } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { searchesLimit, TooManySearches } from '#lib/domain/saved-search.ts';
import type { Context } from '#lib/server/context.ts';
import { follow } from '#lib/server/services/follows.ts';
import { archive, pause, resume, type ProductView } from '#lib/server/services/products.ts';
import { changeSearch, deleteSearch, listSearches, saveSearch } from '#lib/server/services/searches.ts';
import { tellOfListed } from '#lib/server/services/tell-of-listed.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeTokenEvents } from '#tests/support/market.ts';

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const account = demoAccount('seller');
const seller = { wallet: account.address.toLowerCase() as Wallet };
const someone = (number: number) => ({ wallet: `0x${number.toString(16).padStart(40, '0')}` as Wallet });

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain]);
	context = support.context;
	await storeTokenEvents(context, chain);
});
afterAll(() => support?.close());
afterEach(async () => {
	const { products, savedSearches, follows, blocks, listed, outbox } = context.models;
	const collections = [products, savedSearches, follows, blocks, listed, outbox].map(({ collection }) => collection);
	await Promise.all(collections.map((collection) => collection.deleteMany({})));
});

describe('a kept search', () => {
	test('is kept once, renamed, silenced and let go by its owner alone', async () => {
		const mine = someone(1);
		const saved = await saveSearch(context, mine, {
			name: 'Lamps',
			search: { text: ' brass  lamp ', kind: ['physical'] }
		});
		expect(saved).toMatchObject({ name: 'Lamps', notify: true, search: { text: 'brass lamp', kind: ['physical'] } });
		const again = await saveSearch(context, mine, {
			name: 'Other',
			search: { kind: ['physical'], text: 'brass lamp' }
		});
		expect(again).toEqual({ ...saved, rev: again.rev });
		const { id } = saved;

		await expect(changeSearch(context, someone(2), { id, name: 'Theirs' })).rejects.toBeInstanceOf(NotFound);
		await expect(deleteSearch(context, someone(2), { id })).rejects.toBeInstanceOf(NotFound);
		expect(await changeSearch(context, mine, { id, name: 'Brass', notify: false })).toMatchObject({
			name: 'Brass',
			notify: false
		});
		expect((await listSearches(context, mine)).items).toMatchObject([{ id, name: 'Brass' }]);
		expect(Object.values((await listSearches(context, mine)).items[0]?.search ?? {})).not.toContain(null);
		expect((await listSearches(context, someone(2))).items).toEqual([]);
		await deleteSearch(context, mine, { id });
		expect((await listSearches(context, mine)).items).toEqual([]);
	});

	test('says each value once, also where the row said it twice', async () => {
		const mine = someone(1);
		const twice = { kind: ['digital', 'digital'], token: ['USDT', 'USDT'] } as const;
		const once = { kind: ['digital'], token: ['USDT'] };
		const { id, search } = await saveSearch(context, mine, {
			search: { kind: [...twice.kind], token: [...twice.token] }
		});
		expect(search).toMatchObject(once);
		expect((await saveSearch(context, mine, { search: { kind: ['digital'], token: ['USDT'] } })).id).toBe(id);
		await context.models.savedSearches.updateOne(
			{ _id: id },
			{ 'search.kind': twice.kind, 'search.token': twice.token }
		);
		expect((await listSearches(context, mine)).items).toMatchObject([{ id, search: once }]);
	});

	test('is one of so many', async () => {
		for (let number = 0; number < searchesLimit; number++)
			await saveSearch(context, someone(1), { search: { text: `lamp ${number}` } });
		await expect(saveSearch(context, someone(1), { search: {} })).rejects.toBeInstanceOf(TooManySearches);
		await saveSearch(context, someone(1), { search: { text: 'lamp 3' } });
		await saveSearch(context, someone(2), { search: {} });
	});
});

describe('what is listed', () => {
	const told = async (product: ProductView) => {
		const rows = await context.models.outbox.find({ 'data.product': product.id }).sort({ wallet: 1 }).lean();
		return rows.map(({ wallet, kind }) => [Number(wallet), kind]);
	};
	const block = (by: Wallet) =>
		context.models.blocks.create([{ _id: `${by}:${seller.wallet}`, wallet: by, blocked: seller.wallet }]);

	test('is told to followers and to kept searches that find it, to each wallet once', async () => {
		for (const number of [1, 2, 3]) await follow(context, someone(number), { seller: seller.wallet });
		await follow(context, someone(4), { seller: someone(9).wallet });
		await block(someone(3).wallet);
		const searches: [number, Parameters<typeof saveSearch>[2]['search']][] = [
			[2, { text: 'lamp' }],
			[5, { text: 'lam', category: 'home', priceMax: '140' }],
			[5, { text: 'brass' }],
			[6, { text: 'lamp', category: 'books' }],
			[7, { text: 'lmap' }],
			[8, { priceMax: '139' }],
			[10, { seller: seller.wallet, inStock: true }],
			// As a page asks: what was not chosen is named, too.
			[13, { text: 'lamp', category: undefined, chainId: undefined, rating: undefined, seller: undefined }]
		];
		for (const [number, search] of searches) await saveSearch(context, someone(number), { search });
		await saveSearch(context, seller, { search: { text: 'lamp' } });
		const { id } = await saveSearch(context, someone(11), { search: { text: 'lamp' } });
		await changeSearch(context, someone(11), { id, notify: false });
		await saveSearch(context, someone(12), { search: { text: 'lamp' } });
		await block(someone(12).wallet);

		const lamp = await aListedProduct(context, account);
		await tellOfListed(context);
		const expected = [
			[1, 'seller-listed'],
			[2, 'seller-listed'],
			[5, 'search-found'],
			[10, 'search-found'],
			[13, 'search-found']
		];
		expect(await told(lamp)).toEqual(expected);
		// The one that follows and searches is told of both.
		const [both] = await listSearches(context, someone(2)).then(({ items }) => items);
		const rows = await context.models.outbox.find({ kind: 'seller-listed' }).sort({ wallet: 1 }).lean();
		expect(rows.map(({ data }) => data.search)).toEqual([undefined, both?.id]);

		// Off the market and back is not new; neither is another turn of the job.
		await pause(context, seller, lamp);
		await resume(context, seller, lamp);
		await tellOfListed(context);
		expect(await told(lamp)).toEqual(expected);
	});

	test('is told to nobody where it is not for everybody, or is gone', async () => {
		await follow(context, someone(1), { seller: seller.wallet });
		const unlisted = await aListedProduct(context, account, { visibility: 'unlisted' });
		const gone = await aListedProduct(context, account);
		await archive(context, seller, gone);
		const paused = await aListedProduct(context, account);
		await pause(context, seller, paused);
		await tellOfListed(context);
		expect(await context.models.outbox.countDocuments({})).toBe(0);
		await resume(context, seller, paused);
		await tellOfListed(context);
		expect(await told(unlisted)).toEqual([]);
		expect(await told(paused)).toEqual([[1, 'seller-listed']]);
	});

	describe('with many who wait', () => {
		beforeEach(async () => {
			await context.models.follows.insertMany(
				Array.from({ length: 450 }, (_, index) => {
					const follower = someone(1000 + index).wallet;
					return { _id: `${follower}:${seller.wallet}`, follower, seller: seller.wallet };
				})
			);
			for (let index = 0; index < 3; index++)
				await saveSearch(context, someone(1448 + index), { search: { text: 'lamp' } });
		});

		test('is told in batches, and where a process died the next goes on', async () => {
			const lamp = await aListedProduct(context, account);
			expect(await tellOfListed(context, 1)).toBe(1);
			expect(await told(lamp)).toHaveLength(200);
			expect(await tellOfListed(context, 1)).toBe(1);
			expect(await told(lamp)).toHaveLength(400);
			await tellOfListed(context);
			expect(await told(lamp)).toHaveLength(451);
			expect(await tellOfListed(context)).toBe(0);
		});

		test('is told once where several processes do it at the same time', async () => {
			const lamp = await aListedProduct(context, account);
			await Promise.all([1, 2, 3].map(() => tellOfListed(context)));
			const rows = await told(lamp);
			expect(rows).toHaveLength(451);
			expect(new Set(rows.map(([wallet]) => wallet)).size).toBe(451);
		});
	});
});
