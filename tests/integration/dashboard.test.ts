// What the dashboard's lists are made of: what waits for a wallet, and its orders a page at a time, each by an index.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { zeroHash } from '#lib/domain/offer.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import { agendaOf } from '#lib/server/services/agenda.ts';
import { countOrders, listOrders, type ListOrdersInput } from '#lib/server/services/order-lists.ts';
import type { ProductView } from '#lib/server/services/products.ts';
import { aCase } from '#tests/support/case.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';
import { loadOrders, loadSales } from '../../src/routes/dashboard/load-orders.ts';

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const account = demoAccount('seller');
const seller = account.address.toLowerCase() as Wallet;
const buyer = demoAccount('buyer').address.toLowerCase() as Wallet;
const other = demoAccount('arbitrator-1').address.toLowerCase() as Wallet;
const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

let support: TestContext;
let lamp: ProductView;
let clock: ProductView;
/** By their places in time. */
const ids: string[] = [];

beforeAll(async () => {
	support = await testContext([chain]);
	const { context } = support;
	await storeTokenEvents(context, chain);
	lamp = await aListedProduct(context, account, { title: 'Brass lamp', stock: 8 });
	clock = await aListedProduct(context, account, { title: 'Wall clock', stock: null });
	await context.models.users.create([{ _id: other, displayName: 'Ada Brook', joinedAt: new Date(start) }]);
	for (let n = 0; n < 12; n++) {
		const status = n % 3 === 0 ? 'Completed' : n % 3 === 1 ? 'Disputed' : 'Created';
		const product = n % 2 === 0 ? lamp : clock;
		const id = await storeOrder(context, product, { buyer: n < 6 ? buyer : other, quantity: 2, status });
		const createdAt = new Date(start + n * day);
		const endedAt = status === 'Completed' ? createdAt : null;
		await context.models.orders.updateOne({ _id: id }, { $set: { createdAt, endedAt } });
		ids.push(id);
	}
});
afterAll(() => support?.close());

async function found(actor: Wallet, input: ListOrdersInput): Promise<number[]> {
	const { items } = await listOrders(support.context, { wallet: actor }, { limit: 100, ...input });
	return items.map(({ _id }) => ids.indexOf(_id));
}

test('orders come by role, state, chain, period and words, the newest first', async () => {
	expect(await found(seller, {})).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
	expect(await found(seller, { role: 'buyer' })).toEqual([]);
	expect(await found(buyer, { role: 'buyer' })).toEqual([5, 4, 3, 2, 1, 0]);
	expect(await found(seller, { state: 'over' })).toEqual([9, 6, 3, 0]);
	expect(await found(seller, { state: 'disputed', role: 'seller' })).toEqual([10, 7, 4, 1]);
	expect(await found(seller, { state: 'open' })).toEqual([11, 10, 8, 7, 5, 4, 2, 1]);
	expect(await found(seller, { chainId: 1 })).toEqual([]);
	const from = new Date(start + 3 * day);
	expect(await found(seller, { from, before: new Date(start + 6 * day) })).toEqual([5, 4, 3]);
	expect(await found(seller, { text: 'LAMP' })).toEqual([10, 8, 6, 4, 2, 0]);
	expect(await found(seller, { text: 'ada b' })).toEqual([11, 10, 9, 8, 7, 6]);
	expect(await found(seller, { text: buyer.slice(0, 12), state: 'over' })).toEqual([3, 0]);
	expect(await found(seller, { text: ids[7]?.split(':')[1] })).toEqual([7]);
	expect(await found(seller, { text: '.*' })).toEqual([]);
	expect(await countOrders(support.context, { wallet: seller }, { text: 'lamp' })).toEqual({
		all: 6,
		buyer: 0,
		seller: 6
	});
});

test('pages follow each other without a gap, whatever comes meanwhile', async () => {
	const { context } = support;
	const search = { state: 'open', limit: 3 } as const;
	const first = await listOrders(context, { wallet: seller }, search);
	const late = await storeOrder(context, clock, { buyer });
	const pages = [first];
	for (let next = first.next; next !== null; next = pages.at(-1)?.next ?? null)
		pages.push(await listOrders(context, { wallet: seller }, { ...search, cursor: next }));
	await context.models.orders.deleteOne({ _id: late });
	const seen = pages.flatMap(({ items }) => items.map(({ _id }) => ids.indexOf(_id)));
	expect(seen).toEqual([11, 10, 8, 7, 5, 4, 2, 1]);
	await expect(listOrders(context, { wallet: seller }, { cursor: 'nonsense' })).rejects.toMatchObject({
		code: 'bad-cursor'
	});
});

test('what waits for a seller: sales that are too many, reviews not written, listings that run out, messages', async () => {
	const { context } = support;
	const { models } = context;
	const actor = { wallet: seller };
	const own = (await listOrders(context, actor, { limit: 100 })).items as OrderDocument[];
	const expected = { _id: `${ids[0]}:${seller}`, order: ids[0], author: seller };
	await models.reviews.collection.insertOne({ ...expected } as never);
	await models.conversations.collection.insertMany([
		{ _id: 'a', buyer, seller, unread: { buyer: 9, seller: 2 } },
		{ _id: 'b', buyer: seller, seller: other, unread: { buyer: 1, seller: 9 } },
		{ _id: 'c', buyer, seller: other, unread: { buyer: 9, seller: 9 } }
	] as never[]);
	const soon = new Date(context.now().getTime() + 6 * day);
	await models.products.updateOne({ _id: clock.id }, { $set: { validUntil: soon } });
	const judgesNothing = { seats: [], rules: {}, queue: { cases: [], rules: {} } };
	const agenda = await agendaOf(context, actor, own);
	// Eight lamps: the sales on days 0, 2, 4 and 6 take them, and of the later ones 8 alone can still be cancelled.
	expect(agenda).toEqual({
		reviewed: [ids[0]],
		oversold: [ids[8]],
		expiring: [{ id: clock.id, title: 'Wall clock', validUntil: soon }],
		unread: 3,
		...{ unanswered: [], ungranted: [], isKept: false },
		...judgesNothing
	});
	expect(await agendaOf(context, { wallet: buyer }, [])).toEqual({
		reviewed: [],
		oversold: [],
		expiring: [],
		unread: 18,
		...{ unanswered: [], ungranted: [], isKept: false },
		...judgesNothing
	});
});

test('money, deadlines and disputes are named however many orders came since, once; of what has ended the latest', async () => {
	const { context } = support;
	const { models } = context;
	const actor = { wallet: seller };
	const [open, ended] = [ids[4], ids[1]] as [string, string];
	for (const id of [open, ended])
		await models.cases.create([aCase(await models.orders.findById(id).lean().orFail(), other)]);
	await models.cases.updateOne({ _id: ended }, { $set: { status: 'Closed', endedAt: context.now() } });

	const endedAt = new Date(context.now().getTime() - day);
	const payouts = [
		{ wallet: seller, amount: '5', kind: 'sale', deferred: false, at: endedAt, txHash: zeroHash, logIndex: 0 }
	];
	const later: string[] = [];
	for (let n = 0; n < 101; n++) later.push(await storeOrder(context, clock, { buyer, status: 'Completed' }));
	await models.orders.updateMany({ _id: { $in: later } }, { $set: { endedAt, payouts } });

	const { orders, cases, titles, clocks } = await loadOrders({ context, actor } as App.Locals);
	const waiting = orders.filter((order) => order.endedAt === null).map(({ _id }) => ids.indexOf(_id));
	expect(waiting.sort((a, b) => a - b)).toEqual([1, 2, 4, 5, 7, 8, 10, 11]);
	expect(orders).toHaveLength(8 + 100);
	expect(orders.filter(({ _id }) => later.includes(_id))).toHaveLength(100);
	expect(cases.map(({ _id }) => _id).sort()).toEqual([ended, open].sort());
	expect(titles).toEqual({ [lamp.id]: 'Brass lamp', [clock.id]: 'Wall clock' });
	expect((await agendaOf(context, actor, orders)).unanswered).toContain(open);
	expect((await loadSales(context, actor, clocks)).sums).toMatchObject([{ chainId: 31337, amount: 505n, orders: 101 }]);
	expect((await loadOrders({ context, actor: { wallet: other } } as App.Locals)).cases).toEqual([]);
});
