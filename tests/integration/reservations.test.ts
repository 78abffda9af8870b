// Units kept for buyers while they pay: never more than there are, however many ask at once.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Wallet } from '#lib/domain/order.ts';
import { NotForSale, SoldOut } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';
import { getProduct, pause } from '#lib/server/services/products.ts';
import { releaseReservation, reserve } from '#lib/server/services/reservations.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const account = demoAccount('seller');
const seller = { wallet: account.address.toLowerCase() as Wallet };
const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const buyer = (number: number) => ({ wallet: `0x${number.toString(16).padStart(40, 'b')}` as Wallet });

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain]);
	context = support.context;
	await storeTokenEvents(context, chain);
});
afterAll(() => support?.close());
beforeEach(() => support.setTime(null));

const left = async (id: string) => (await getProduct(context, null, { id })).available;

test('fifty buyers of one item at once, over five nodes: one gets it, the others are told that it is gone', async () => {
	const { id } = await aListedProduct(context, account, { stock: 1 });
	const nodes = await Promise.all([1, 2, 3, 4, 5].map(() => testContext([chain], { shares: support })));
	const results = await Promise.allSettled(
		Array.from({ length: 50 }, (_, number) => {
			const node = nodes[number % nodes.length]?.context ?? context;
			return reserve(node, buyer(number), { product: id });
		})
	);
	expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(SoldOut);
	expect(await context.models.reservations.countDocuments({ product: id })).toBe(1);
	expect(await left(id)).toBe(0);
	await Promise.all(nodes.map((node) => node.close()));
});

test('fifty buyers of different quantities never get more than there is, and what is left is too little for the rest', async () => {
	const stock = 40;
	const { id } = await aListedProduct(context, account, { stock });
	const quantities = Array.from({ length: 50 }, (_, number) => (number % 3) + 1);
	const results = await Promise.allSettled(
		quantities.map((quantity, number) => reserve(context, buyer(number), { product: id, quantity }))
	);
	const given = quantities.filter((_, number) => results[number]?.status === 'fulfilled');
	const sum = given.reduce((total, quantity) => total + quantity, 0);
	expect(sum).toBeLessThanOrEqual(stock);
	const refused = quantities.filter((_, number) => results[number]?.status === 'rejected');
	for (const quantity of refused) expect(quantity).toBeGreaterThan(0);
	expect(await left(id)).toBe(stock - sum);
	// Nobody was refused a single unit while one was left.
	if (sum < stock) expect(Math.min(...refused)).toBeGreaterThan(1);
});

test('asked again it starts anew: another quantity, another quarter of an hour, still one reservation', async () => {
	const { id } = await aListedProduct(context, account, { stock: 3 });
	const first = await reserve(context, buyer(1), { product: id, quantity: 3 });
	support.setTime(new Date(Date.now() + 60_000));
	const second = await reserve(context, buyer(1), { product: id, quantity: 2 });
	expect(second.expiresAt.getTime()).toBeGreaterThan(first.expiresAt.getTime());
	expect(await left(id)).toBe(1);
	await expect(reserve(context, buyer(2), { product: id, quantity: 2 })).rejects.toMatchObject({
		code: 'sold-out',
		data: { available: 1 }
	});
});

test('runs out, and can be given up', async () => {
	const { id } = await aListedProduct(context, account, { stock: 1 });
	await reserve(context, buyer(1), { product: id });
	await releaseReservation(context, buyer(2), { product: id });
	expect(await left(id)).toBe(0);
	await releaseReservation(context, buyer(1), { product: id });
	expect(await left(id)).toBe(1);

	const { expiresAt } = await reserve(context, buyer(1), { product: id });
	await expect(reserve(context, buyer(2), { product: id })).rejects.toBeInstanceOf(SoldOut);
	support.setTime(expiresAt);
	expect(await left(id)).toBe(1);
	await reserve(context, buyer(2), { product: id });
});

test('an order takes the place of its buyer’s reservation, and of no other', async () => {
	const product = await aListedProduct(context, account, { stock: 5 });
	await reserve(context, buyer(1), { product: product.id, quantity: 2 });
	await reserve(context, buyer(2), { product: product.id, quantity: 1 });
	await storeOrder(context, product, { buyer: buyer(1).wallet, quantity: 2 });
	expect(await getProduct(context, null, product)).toMatchObject({ sold: 2, reserved: 1, available: 2 });

	// Whoever bought before and comes back reserves like anybody.
	await reserve(context, buyer(1), { product: product.id, quantity: 2 });
	expect(await getProduct(context, null, product)).toMatchObject({ sold: 2, reserved: 3, available: 0 });
});

test('a product without limit is reserved by anybody', async () => {
	const { id } = await aListedProduct(context, account, { stock: null });
	await Promise.all([1, 2, 3].map((number) => reserve(context, buyer(number), { product: id, quantity: 1000 })));
	expect(await left(id)).toBeNull();
});

test('what is not for sale is not reserved: paused, out of date, one’s own', async () => {
	const listed = await aListedProduct(context, account);
	await expect(reserve(context, seller, { product: listed.id })).rejects.toMatchObject({ data: { reason: 'own' } });
	await pause(context, seller, listed);
	await expect(reserve(context, buyer(1), { product: listed.id })).rejects.toMatchObject({
		data: { reason: 'paused' }
	});

	const { id } = await aListedProduct(context, account);
	support.setTime(new Date(Date.now() + 31 * 86_400_000));
	await expect(reserve(context, buyer(1), { product: id })).rejects.toBeInstanceOf(NotForSale);
	await expect(reserve(context, buyer(1), { product: '0'.repeat(32) })).rejects.toMatchObject({ code: 'not-found' });
});

test.each([{ quantity: 0 }, { quantity: 1.5 }, { quantity: -1 }, { quantity: '1' }, { quantity: 1, price: 1 }])(
	'refuses %j',
	async (input) => {
		const { id } = await aListedProduct(context, account);
		const attempt = reserve(context, buyer(1), { product: id, ...input } as Parameters<typeof reserve>[2]);
		await expect(attempt).rejects.toMatchObject({ code: 'invalid-input' });
	}
);
