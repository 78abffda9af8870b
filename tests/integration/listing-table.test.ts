// Listings as a table: what comes out goes in again unchanged, and what is wrong is refused by its line and column.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Wallet } from '#lib/domain/order.ts';
import { tableBytes, tableLines } from '#lib/domain/table-limits.ts';
import type { Context } from '#lib/server/context.ts';
import { exportListings, importListings, type ImportLine } from '#lib/server/services/listing-import.ts';
import { changeMany, isOversold, ownListings } from '#lib/server/services/own-listings.ts';
import { getProduct, publish, saveDraft } from '#lib/server/services/products.ts';
import { reserve } from '#lib/server/services/reservations.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aDraft, aListedProduct, signOffers, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const account = demoAccount('seller');
const seller = { wallet: account.address.toLowerCase() as Wallet };
const stranger = { wallet: demoAccount('buyer').address.toLowerCase() as Wallet };
const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const other = aChain(31338, [{ symbol: 'DAI', decimals: 18 }]);

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain, other]);
	context = support.context;
	for (const config of [chain, other]) await storeTokenEvents(context, config);
});
afterAll(() => support?.close());
beforeEach(async () => {
	await context.models.products.deleteMany({});
	await context.models.orders.deleteMany({});
});

const bytes = (text: string) => new TextEncoder().encode(text);
const take = (text: string, trial = false) => importListings(context, seller, { table: bytes(text), trial });
const outcomes = (lines: ImportLine[]) =>
	lines.map((line) => (line.outcome === 'refused' ? `${line.line}: ${line.column} ${line.reason}` : line.outcome));
const count = () => context.models.products.countDocuments({});

const head = 'title,description,kind,stock,price_1_chain,price_1_token,price_1_amount,price_1_region,price_1_postage';
const lamp = 'Brass lamp,"A lamp, with ""quotes""\nand a second line",physical,3,31337,USDT,12.50,Europe,4';

describe('a table', () => {
	test('goes out and comes in again without a change, whatever its cells look like', async () => {
		const titles = [
			'=HYPERLINK("http://evil")',
			'+1 lamp',
			'-5 %',
			'@home',
			"'=quoted",
			"''+twice",
			'a "quoted", title'
		];
		const [price] = aDraft(chain).prices ?? [];
		const prices = [
			price!,
			{ ...price!, region: 'Worldwide', shippingCost: '0', unitPrice: '1' },
			{ ...aDraft(other).prices![0]!, unitPrice: '123456789012345678901' }
		];
		const description = 'First line\n\n=SUM(A1)\nlast, "line"; with\ttab';
		for (const title of titles)
			await saveDraft(context, seller, aDraft(chain, { title, description, prices, tags: ['one', '=two'] }));
		await aListedProduct(context, account);

		const table = await exportListings(context, seller);
		expect(table.startsWith('\ufeffid,status,kind,title')).toBe(true);
		// No cell begins with what a spreadsheet would take for a formula.
		for (const start of ['"=', '"+', '"-', '"@', ',=', ',+', ',-', ',@']) expect(table).not.toContain(`${start}`);
		const before = await context.models.products.find({}).sort({ _id: 1 }).lean();
		expect(outcomes(await take(table))).toEqual(Array.from({ length: 8 }, () => 'unchanged'));
		expect(await context.models.products.find({}).sort({ _id: 1 }).lean()).toEqual(before);
		// Without the ids each makes a draft of its own, with the same words and prices.
		const anew = table.replaceAll(/^[0-9a-f]{32},/gm, ',');
		expect(outcomes(await take(anew))).toEqual(Array.from({ length: 8 }, () => 'created'));
		for (const title of titles) {
			const [one, two] = await context.models.products.find({ title }).lean();
			expect(one).toMatchObject({ description, tags: ['one', '=two'] });
			expect(two).toMatchObject({ description, tags: ['one', '=two'] });
			expect(one?.prices).toEqual(two?.prices);
		}
		expect(await exportListings(context, stranger)).toMatch(/^\ufeffid,[^\n]*\r\n$/);
	});

	test('is tried first: nothing is written, and the report is what it will be', async () => {
		const table = `${head}\n${lamp}\nx,too short a title,physical,1,31337,USDT,1,Europe,\n`;
		const tried = await take(table, true);
		expect(outcomes(tried)).toEqual(['created', '4: title too-short']);
		expect(await count()).toBe(0);
		const taken = await take(table);
		expect(outcomes(taken)).toEqual(outcomes(tried));
		expect(await count()).toBe(1);
		const made = await getProduct(context, seller, { id: taken[0]!.id ?? '' });
		expect(made).toMatchObject({ status: 'draft', stock: 3, description: 'A lamp, with "quotes"\nand a second line' });
		expect(made.prices).toMatchObject([{ unitPrice: '12500000', shippingCost: '4000000', region: 'Europe' }]);
		// What is taken can be signed and published.
		await publish(context, seller, { id: made.id, offers: await signOffers(context, account, made) });
	});

	test('with some columns changes those of a listing, once, and no listing of somebody else’s or on the market', async () => {
		const mine = await saveDraft(context, seller, aDraft(chain));
		const theirs = await saveDraft(context, stranger, aDraft(chain));
		const listed = await aListedProduct(context, account);
		const sealed = await saveDraft(context, seller, { visibility: 'sealed' });
		const lines = await take(
			`id;stock\n${mine.id};7\n${mine.id};8\n${theirs.id};9\n${listed.id};9\n${listed.id.toUpperCase()};1\n${sealed.id};1\nnonsense;1\n`
		);
		expect(outcomes(lines)).toEqual([
			'changed',
			'3: id twice',
			'4: id not-yours',
			'5: status on-the-market',
			'6: id twice',
			'7: visibility sealed',
			'8: id not-yours'
		]);
		expect(await getProduct(context, seller, mine)).toMatchObject({ stock: 7, title: mine.title, prices: mine.prices });
		expect((await getProduct(context, stranger, theirs)).stock).toBe(1);
		expect((await getProduct(context, seller, listed)).rev).toBe(listed.rev);
	});

	test.each<[reason: string, row: string]>([
		['kind wrong', 'Lamp,Ten letters and more,weapon,1,31337,USDT,1,Europe,'],
		['stock number', 'Lamp,Ten letters and more,physical,-1,31337,USDT,1,Europe,'],
		['stock number', 'Lamp,Ten letters and more,physical,1e5,31337,USDT,1,Europe,'],
		['price_1_chain unknown-chain', 'Lamp,Ten letters and more,physical,1,1,USDT,1,Europe,'],
		['price_1_token unknown-token', 'Lamp,Ten letters and more,physical,1,31337,DAI,1,Europe,'],
		['price_1_amount amount', 'Lamp,Ten letters and more,physical,1,31337,USDT,"1,5",Europe,'],
		['price_1_amount amount', 'Lamp,Ten letters and more,physical,1,31337,USDT,0.0000001,Europe,'],
		['price_1_amount zero', 'Lamp,Ten letters and more,physical,1,31337,USDT,0,Europe,'],
		['price_1_postage amount', 'Lamp,Ten letters and more,physical,1,31337,USDT,1,Europe,free'],
		['price_1_region no-region', 'Lamp,Ten letters and more,physical,1,31337,USDT,1,,'],
		['price_1_region nothing-is-posted', 'Lamp,Ten letters and more,digital,1,31337,USDT,1,Europe,'],
		['price_1_amount no-price', 'Lamp,Ten letters and more,physical,1,,,,,'],
		['title too-long', `${'x'.repeat(121)},Ten letters and more,physical,1,31337,USDT,1,Europe,`],
		['description control-characters', 'Lamp,Ten letters \u202e and more,physical,1,31337,USDT,1,Europe,'],
		[' too-many-cells', 'Lamp,Ten letters and more,physical,1,31337,USDT,1,Europe,,surplus']
	])('has a line refused with %s, and takes the others', async (reason, row) => {
		const lines = await take(`${head}\n${row}\n${lamp}\n`);
		expect(outcomes(lines)).toEqual([`2: ${reason}`, 'created']);
		expect(await count()).toBe(1);
	});

	test.each<[reason: string, table: Uint8Array]>([
		['not-utf-8', Uint8Array.from([...bytes(head), 10, 0xff, 0xfe, 0x41])],
		['too-large', new Uint8Array(tableBytes + 1).fill(65)],
		['too-many-lines', bytes(`title\n${'x\n'.repeat(tableLines + 1)}`)],
		['empty', bytes('\ufeff\n , \n')],
		['no-title', bytes('summary\nA lamp')],
		['unknown-column', bytes('title,titel\nA lamp,x')],
		['unknown-column', bytes('title,price_25_amount\nA lamp,1')],
		['unknown-column', bytes('title,__proto__\nA lamp,1')],
		['column-twice', bytes('title,Title\nA lamp,B lamp')],
		['quotes', bytes('title,summary\nA lamp,"never closed\nB lamp,x')]
	])('is refused whole as %s', async (reason, table) => {
		await expect(importListings(context, seller, { table, trial: false })).rejects.toMatchObject({
			code: 'table-refused',
			data: { reason }
		});
		expect(await count()).toBe(0);
	});

	test('of more lines than drafts may be takes what there is room for', async () => {
		const rows = Array.from({ length: 203 }, (_, index) => lamp.replace('Brass', `Brass ${index}`));
		const table = `${head}\n${rows.join('\n')}\n`;
		const tried = outcomes(await take(table, true));
		expect(tried.filter((one) => one === 'created')).toHaveLength(200);
		expect(tried.slice(200).every((one) => one.endsWith('too-many-drafts'))).toBe(true);
		expect(outcomes(await take(table))).toEqual(tried);
		expect(await count()).toBe(200);
	});
});

describe('a seller’s listings', () => {
	test('are counted by status, found by title, and say what is left, reserved, sold and paid', async () => {
		const product = await aListedProduct(context, account, { title: 'A lamp (brass)', stock: 5 });
		await saveDraft(context, seller, { title: 'A draft' });
		await storeOrder(context, product, { buyer: stranger.wallet, quantity: 2 });
		await storeOrder(context, product, { buyer: stranger.wallet, status: 'Completed' });
		await storeOrder(context, product, { buyer: stranger.wallet, status: 'Cancelled' });
		await reserve(context, { wallet: `0x${'b'.repeat(40)}` }, { product: product.id });

		const all = await ownListings(context, seller, {});
		expect(all.counts).toEqual({ draft: 1, listed: 1, paused: 0, archived: 0, hidden: 0 });
		expect(all.items).toHaveLength(2);
		const [found, ...more] = (await ownListings(context, seller, { text: 'lamp (BR' })).items;
		expect(more).toEqual([]);
		// 2 × 140 + 9 and 140 + 9 of a token with six decimals.
		const earned = [{ chainId: 31337, token: product.prices[0]!.token, amount: '438000000' }];
		expect(found).toMatchObject({ id: product.id, stock: 5, sold: 3, reserved: 1, available: 1, earned });
		expect((await ownListings(context, seller, { status: 'draft' })).items).toHaveLength(1);
		expect((await ownListings(context, stranger, {})).items).toEqual([]);
	});

	test('are paused, put back and withdrawn together, with a line for each', async () => {
		const [one, two] = [await aListedProduct(context, account), await aListedProduct(context, account)];
		const draft = await saveDraft(context, seller, { title: 'A draft' });
		const theirs = await saveDraft(context, stranger, {});
		const ids = [one.id, draft.id, theirs.id, two.id, one.id];
		const codes = async (action: 'pause' | 'resume' | 'archive') =>
			(await changeMany(context, seller, { action, ids })).map(({ code }) => code);
		expect(await codes('pause')).toEqual([null, 'wrong-product-status', 'not-found', null]);
		expect(await codes('resume')).toEqual([null, 'wrong-product-status', 'not-found', null]);
		expect(await codes('archive')).toEqual([null, null, 'not-found', null]);
		await expect(changeMany(context, seller, { action: 'pause', ids: [] })).rejects.toMatchObject({
			data: { issues: ['ids: nothing-chosen'] }
		});
		expect((await ownListings(context, seller, {})).items).toEqual([]);
		expect((await ownListings(context, seller, { status: 'archived' })).counts.archived).toBe(3);
	});

	test('that sold more than there was name the orders that came too late', async () => {
		const product = await aListedProduct(context, account, { stock: 2 });
		const [first, second, third] = [
			await storeOrder(context, product, { buyer: stranger.wallet }),
			await storeOrder(context, product, { buyer: stranger.wallet }),
			await storeOrder(context, product, { buyer: stranger.wallet })
		];
		const over = (id: string) => isOversold(context, { _id: id, product: product.id });
		expect([await over(first), await over(second), await over(third)]).toEqual([false, false, true]);
		await context.models.orders.updateOne({ _id: first }, { status: 'Cancelled' });
		expect(await over(third)).toBe(false);
	});
});
