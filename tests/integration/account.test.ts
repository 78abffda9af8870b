// Taking an account along, and closing it: what is exported, what is erased, and what stays for others.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenOrders } from '#lib/domain/account.ts';
import { InvalidInput } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { accountCollections } from '#lib/server/services/account-data.ts';
import { closeAccount, exportAccount } from '#lib/server/services/account.ts';
import { getProduct, saveDraft, type ProductView } from '#lib/server/services/products.ts';
import { report } from '#lib/server/services/reports.ts';
import { beginSession, readSession } from '#lib/server/services/sessions.ts';
import { getProfile, updateProfile } from '#lib/server/services/users.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aDraft, aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const lower = (address: string) => address.toLowerCase() as Wallet;
const account = demoAccount('seller');
const seller: Actor = { wallet: lower(account.address) };
const buyer: Actor = { wallet: lower(demoAccount('buyer').address) };

let running: TestChain;
let support: TestContext;
let context: Context;
let product: ProductView;
let secret: string;
let order: string;
/** What must not be found anywhere once the account is closed. */
const erased = ['Erika Mustermann', 'about-me-7f3a', 'agent-91c2', '203.0.113.77', 'draft-text-55aa', 'vault-c0ffee'];

beforeAll(async () => {
	running = await testChain();
	support = await testContext([running.config]);
	context = support.context;
	await storeTokenEvents(context, running.config);
	const origin = { host: 'localhost', userAgent: 'agent-91c2', address: '203.0.113.77' };
	const { chainId } = running.config;
	({ secret } = await beginSession(context, { wallet: seller.wallet, chainId }, origin));
	await updateProfile(context, seller, { displayName: 'Erika Mustermann', about: 'about-me-7f3a' });
	product = await aListedProduct(context, account);
	await saveDraft(context, seller, aDraft(running.config, { title: 'draft-text-55aa' }));
	await context.models.vaults.create([{ _id: seller.wallet, revision: 1, wraps: [], sealed: 'vault-c0ffee' }]);
	const told = { kind: 'test', state: 'waiting' as const, nextAttemptAt: new Date() };
	await context.models.outbox.create([{ _id: 'told', wallet: seller.wallet, data: {}, ...told }]);
	await context.models.follows.create([
		{ _id: `${seller.wallet}:${buyer.wallet}`, follower: seller.wallet, seller: buyer.wallet }
	]);
	order = await storeOrder(context, product, { buyer: buyer.wallet });
	await report(context, buyer, { kind: 'profile', id: seller.wallet, reason: 'spam', text: 'not the seller’s to see' });
});
afterAll(async () => {
	await support?.close();
	await running?.stop();
});

async function exported(
	actor: Actor
): Promise<{ wallet: string; collections: Record<string, Record<string, unknown>[]> }> {
	let text = '';
	for await (const piece of exportAccount(context, actor)) text += piece;
	return JSON.parse(text) as never;
}

async function whole(): Promise<string> {
	const all = await context.db.getClient().db(context.db.name).collections();
	const texts = await Promise.all(all.map(async (one) => JSON.stringify(await one.find().toArray())));
	return texts.join('\n');
}

describe('an export', () => {
	test('holds every collection of the wallet, each with what is there', async () => {
		const { wallet, collections } = await exported(seller);
		expect(wallet).toBe(seller.wallet);
		expect(Object.keys(collections).sort()).toEqual(
			accountCollections()
				.map(([name]) => name as string)
				.sort()
		);
		for (const [name, count] of [
			...[
				['users', 1],
				['sessions', 1],
				['products', 2],
				['offers', 1],
				['orders', 1],
				['vaults', 1]
			],
			...[
				['outbox', 1],
				['follows', 1]
			]
		] as [string, number][])
			expect(collections[name], name).toHaveLength(count);
		const text = JSON.stringify(collections);
		for (const word of erased) expect(text).toContain(word);
		expect(collections.auditLog?.map(({ verb }) => verb)).toEqual(
			expect.arrayContaining(['session.begin', 'product.publish'])
		);
	});

	test('holds no secret, and nothing of others', async () => {
		const { collections } = await exported(seller);
		const text = JSON.stringify(collections);
		const stored = await context.models.sessions.findOne({ wallet: seller.wallet }).lean();
		expect(text).not.toContain(stored?._id);
		expect(text).not.toContain('not the seller’s to see');
		expect((await exported(buyer)).collections.products).toEqual([]);
	});
});

describe('closing an account', () => {
	test('is refused while an order is under way, and for another wallet', async () => {
		await expect(closeAccount(context, seller, seller)).rejects.toBeInstanceOf(OpenOrders);
		await expect(closeAccount(context, buyer, seller)).rejects.toBeInstanceOf(InvalidInput);
		expect((await getProfile(context, seller)).displayName).toBe('Erika Mustermann');
	});

	test('erases what was private everywhere, and leaves what others signed and bought', async () => {
		const before = await whole();
		for (const word of erased) expect(before).toContain(word);
		await context.models.orders.updateOne({ _id: order }, { status: 'Completed' });
		await closeAccount(context, seller, seller);

		const after = await whole();
		for (const word of erased) expect(after, word).not.toContain(word);
		expect(await readSession(context, secret)).toBeNull();
		expect(await getProduct(context, buyer, product)).toMatchObject({ status: 'archived', title: product.title });
		expect(await context.models.offers.countDocuments({ product: product.id })).toBe(1);
		expect(await context.models.orders.countDocuments({ _id: order })).toBe(1);
		const { outbox, vaults, follows } = context.models;
		for (const left of [outbox.countDocuments(), vaults.countDocuments(), follows.countDocuments()])
			expect(await left).toBe(0);
		const line = await context.models.auditLog.findOne({ verb: 'account.close' }).lean();
		expect(line?.actor).toBe(seller.wallet);
	});

	test('can be asked for again, and the wallet can begin anew', async () => {
		await closeAccount(context, seller, seller);
		const { chainId } = running.config;
		await beginSession(context, { wallet: seller.wallet, chainId }, { host: 'localhost', userAgent: '', address: '' });
		expect((await updateProfile(context, seller, { displayName: 'New' })).displayName).toBe('New');
	});

	test('does not lift what an operator hid; its words are erased all the same', async () => {
		const why = { reason: 'spam', words: '', at: new Date(), report: 'r', appealed: false };
		const before = { displayName: 'hidden-name-4d1e', about: '' };
		await context.models.users.updateOne({ _id: seller.wallet }, { displayName: '', hidden: { ...why, before } });
		await closeAccount(context, seller, seller);
		expect(await whole()).not.toContain('hidden-name-4d1e');
		await expect(updateProfile(context, seller, { displayName: 'New' })).rejects.toMatchObject({
			code: 'profile-hidden'
		});
		// The language of the pages is nothing that it says of itself.
		await updateProfile(context, seller, { locale: 'es' });
	});
});
