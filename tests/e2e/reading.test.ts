// Whoever decides a dispute reads what the two said: by keys that the two's own browsers give them, and nobody else.
import { type Page } from '@playwright/test';
import { generatePrivateKey } from 'viem/accounts';
import type { RunningNode } from '#tests/support/node.ts';
import { caseOf, courtOfItsOwn, openCourt } from './disputes/court.ts';
import { expect, expectAccessible } from './fixtures.ts';
import { asOperator, buy, getPlayMoney, list, makeKeys, newcomer, openDispute, said, say } from './story.ts';

// On a node of its own: nobody who can be drawn on it has keys yet.
const test = courtOfItsOwn();

const readers = (page: Page) => page.getByRole('region', { name: 'Who else can read' });
const idOf = (path: string) => decodeURIComponent(path.split('/').at(-1) ?? '');

/** Makes somebody's first keys at the settings. */
async function makeKeysAt(page: Page): Promise<void> {
	await page.goto('/settings');
	await page.getByRole('region', { name: 'Keys' }).getByRole('button', { name: 'Make my keys' }).click();
	await makeKeys(page);
}

/** The holders of the copies that the node has of an order's keys. */
async function holdersIn(node: RunningNode, path: string): Promise<string[]> {
	const holders = new Set<string>();
	await asOperator(node, async (database) => {
		const sets = database.collection<{ wraps: { holder: string }[] }>('orderKeys');
		const ofOrder = { conversation: { $regex: `${caseOf(path)}$` } };
		for (const { wraps } of await sets.find(ofOrder).toArray()) for (const { holder } of wraps) holders.add(holder);
	});
	return [...holders];
}

/** The name of an order's conversation. */
async function conversationOf(node: RunningNode, path: string): Promise<string> {
	let id = '';
	await asOperator(node, async (database) => {
		const row = await database.collection<{ _id: string }>('conversations').findOne({ order: idOf(path) });
		id = row?._id ?? '';
	});
	return id;
}

test('both browsers let the drawn arbitrator read, and neither lets one in whom only the node names', async ({
	person,
	node
}) => {
	test.setTimeout(240_000);
	const [seller, buyer, intruder] = [await person('seller'), await person('buyer'), await person('localhost')];
	const key = generatePrivateKey();
	const [, , named] = await Promise.all([newcomer(seller, node), newcomer(buyer, node, key), newcomer(intruder, node)]);
	await list(seller, { title: 'Empty parcel', price: '100' });
	await Promise.all([getPlayMoney(seller), getPlayMoney(buyer)]);
	const order = await buy(buyer, 'Empty parcel');
	await say(buyer.page, 'There was nothing in it.');
	await makeKeys(buyer.page);
	await expect(said(buyer.page, 'There was nothing in it.')).toBeVisible();
	await openDispute(node, key, order);

	// Whose keys are not open here is asked, with one button; whose are has nothing to do.
	await seller.page.goto(order);
	await expect(readers(seller.page)).toContainText('does not have your keys yet', { timeout: 60_000 });
	await expect(readers(buyer.page)).toContainText('has not made keys yet');
	await expectAccessible(seller.page);
	await readers(seller.page).getByRole('button', { name: 'Let the arbitrator read' }).click();
	await makeKeys(seller.page);
	await expect(readers(seller.page)).toContainText('has not made keys yet');
	await expect(said(seller.page, 'There was nothing in it.')).toBeVisible();
	await say(seller.page, 'It weighed two pounds when I sent it.');
	await expect(said(buyer.page, 'It weighed two pounds when I sent it.')).toBeVisible();

	// A node that names somebody of its own, who has keys, is alone with it.
	await makeKeysAt(intruder.page);
	const actor = await (await openCourt(node)).drawn(caseOf(order));
	const drawn = actor.address.toLowerCase();
	const name = (as: string) => async (database: Parameters<Parameters<typeof asOperator>[1]>[0]) => {
		const [cases, orders] = ['cases', 'orders'].map((of) => database.collection<{ _id: string }>(of));
		const its = { _id: idOf(order) };
		await cases?.updateOne(its, { $set: { arbitrator: as, people: [as], holders: [as] }, $inc: { rev: 1 } });
		await orders?.updateOne(its, { $set: { arbitrators: [as] }, $inc: { rev: 1 } });
	};
	const keysAs = async ({ request }: Page) => {
		const conversation = encodeURIComponent(await conversationOf(node, order));
		return request.get(`/api/v1/conversations/${conversation}/keys`);
	};
	await asOperator(node, name(named.wallet.address.toLowerCase()));
	for (const { page } of [buyer, seller])
		await expect(readers(page).getByRole('alert')).toContainText('Nobody was let in.', { timeout: 40_000 });
	// What the node gives whom it named opens with nothing that they have.
	const given = await keysAs(intruder.page);
	expect(given.status()).toBe(200);
	expect(await given.text()).not.toContain(named.wallet.address.toLowerCase());
	expect(await holdersIn(node, order)).not.toContain(named.wallet.address.toLowerCase());
	await asOperator(node, name(drawn));

	// The arbitrator makes keys, and nobody presses anything.
	const judge = await person('localhost');
	await newcomer(judge, node, actor.privateKey);
	await judge.page.goto('/dashboard/notifications');
	const notice = judge.page.getByRole('link', { name: 'You were drawn to decide a dispute.' }).first();
	await expect(notice).toHaveAttribute('href', `/arbitrator/case/${idOf(order)}`);
	await notice.click();
	await judge.page.getByRole('button', { name: 'Open my keys' }).first().click();
	await makeKeys(judge.page);
	for (const { page } of [buyer, seller])
		await expect(readers(page)).toContainText('has your keys.', { timeout: 30_000 });
	expect(await holdersIn(node, order)).toContain(drawn);
	const line = judge.page.getByRole('region', { name: 'Everything in order of time' });
	for (const words of ['There was nothing in it.', 'It weighed two pounds when I sent it.'])
		await expect(line.getByText(words, { exact: true })).toBeVisible();
	await say(buyer.page, 'Two pounds of what?');
	await expect(line.getByText('Two pounds of what?', { exact: true })).toBeVisible();

	// To everybody else there is no such conversation.
	for (const [page, status] of [
		[intruder.page, 404],
		[judge.page, 200]
	] as const)
		expect((await keysAs(page)).status()).toBe(status);
});
