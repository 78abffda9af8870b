// Something that is posted: the buyer says where to, the seller says how it travels, and once the order is over both are
// forgotten, in both browsers and at the node.
import type { Page } from '@playwright/test';
import type { Db } from 'mongodb';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import { act, asOperator, buy, expectTurn, getPlayMoney, list, makeKeys, newcomer } from './story.ts';

const delivery = (page: Page) => page.getByRole('region', { name: 'Delivery' });
const talkOf = (page: Page) => page.getByRole('region', { name: 'Conversation' });

test('an address and a tracking number, said, changed, and erased at both ends', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await Promise.all([newcomer(seller, node), newcomer(buyer, node)]);
	await list(seller, { title: 'Copper kettle', price: '20', posted: 'Europe' });
	await Promise.all([getPlayMoney(seller), getPlayMoney(buyer)]);
	const order = await buy(buyer, 'Copper kettle');

	// The buyer is led to it, and warned: the seller never made keys.
	await expectTurn(buyer.page, 'Your turn: say where to send it.');
	await expect(buyer.page.getByRole('link', { name: /^Tell 0x.* where to send it$/ })).toBeVisible();
	await expect(delivery(buyer.page)).toContainText('has no keys yet');
	await expectAccessible(buyer.page);
	await seller.page.goto(order);
	await expect(delivery(seller.page)).toContainText('was asked for an address');
	await buyer.page.goto('/dashboard');
	await buyer.page.getByRole('link', { name: 'Give the address' }).click();

	await fill(buyer.page, { 'Name on the parcel': 'Ada Byron', Postcode: '8001', Town: 'Zürich' });
	await delivery(buyer.page)
		.getByRole('button', { name: /^Tell 0x/ })
		.click();
	await expect(delivery(buyer.page).getByRole('textbox', { name: 'Street and number' })).toBeFocused();
	await expect(delivery(buyer.page)).toContainText('It does not arrive without this.');
	await fill(buyer.page, { 'Street and number': '12 Harbour Lane', Country: 'Switzerland' });
	await delivery(buyer.page)
		.getByRole('button', { name: /^Tell 0x/ })
		.click();
	await makeKeys(buyer.page);
	await expect(addressOf(buyer.page)).toHaveText(
		['Ada Byron', '12 Harbour Lane', '8001 Zürich', 'Switzerland'].join('')
	);
	await expect(buyer.page.getByRole('link', { name: /where to send it$/ })).toBeHidden();
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	await expect(delivery(buyer.page)).toContainText('Sent');
	await buyer.page.goto('/dashboard');
	await expect(buyer.page.getByRole('link', { name: 'Copper kettle' }).first()).toBeVisible();
	await expect(buyer.page.getByRole('link', { name: 'Give the address' })).toBeHidden();
	await buyer.page.goto(order);

	await delivery(seller.page).getByRole('button', { name: 'Open my keys' }).click();
	await makeKeys(seller.page);
	await expect(addressOf(seller.page)).toContainText('12 Harbour Lane');
	await expect(delivery(buyer.page)).toContainText(/Delivered|Read/);

	await delivery(seller.page).getByRole('button', { name: 'Add the tracking number' }).click();
	await fill(seller.page, {
		Carrier: 'Swiss Post',
		'Tracking number': 'CH 123 456',
		'Link to follow it': 'http://a.example'
	});
	await delivery(seller.page)
		.getByRole('button', { name: /^Tell 0x/ })
		.click();
	await expect(delivery(seller.page)).toContainText('no link that begins with https');
	await fill(seller.page, { 'Link to follow it': 'https://track.example/?id=1' });
	await delivery(seller.page)
		.getByRole('button', { name: /^Tell 0x/ })
		.click();
	await expect(delivery(buyer.page)).toContainText('CH 123 456');
	const link = delivery(buyer.page).getByRole('link', { name: 'Follow it at track.example' });
	await expect(link).toHaveAttribute('rel', 'noopener noreferrer');

	await delivery(buyer.page).getByRole('button', { name: 'Change it' }).click();
	await fill(buyer.page, { 'Street and number': '14 Harbour Lane' });
	await delivery(buyer.page)
		.getByRole('button', { name: /the new address$/ })
		.click();
	await expect(addressOf(seller.page)).toContainText('14 Harbour Lane');
	await expect(delivery(seller.page)).toContainText('changed the address');
	await expect(addressOf(buyer.page)).toContainText('14 Harbour Lane');
	await expectAccessible(seller.page);

	await asOperator(node, async (database) => {
		const [, id = ''] = order.split('/orders/');
		const conversation = new RegExp(`^order:.*:${id.split(':')[1]}$`);
		const before = await ciphertexts(database, conversation);
		expect(before).toHaveLength(3);
		expect(before).not.toContain(null);

		await act(seller, 'I have delivered it');
		await expectTurn(buyer.page, 'Your turn: check');
		await expect(delivery(buyer.page).getByRole('button', { name: /^Erase/ })).toBeHidden();
		await act(buyer, /^I have it/);
		await erase(buyer.page, 'Erase my address');
		await expect(delivery(buyer.page)).toContainText(/Your address is erased,.*This node has dropped it/s);
		await expect(delivery(seller.page)).toContainText('had the address erased');
		await erase(seller.page, 'Erase the tracking number');
		await expect(delivery(buyer.page)).toContainText('had the tracking number erased');

		await expect
			.poll(() => ciphertexts(database, conversation).then((all) => all.slice(0, 3)))
			.toEqual([null, null, null]);
		const isForgotten = async ({ page }: Person) => {
			await page.reload();
			await expect(delivery(page).getByText('This node has dropped it.')).toHaveCount(2);
			await expect(talkOf(page).getByText(/was erased on request$/)).toHaveCount(3);
			await expect(talkOf(page).getByRole('alert')).toBeHidden();
			await expect(page.getByText(/Harbour Lane|CH 123/)).toHaveCount(0);
			expect(await page.evaluate(outgoing)).toBe(0);
			const kept = await page.evaluate(readMessages, id);
			for (const ciphertext of before) expect(kept).not.toContain(ciphertext);
		};
		await Promise.all([seller, buyer].map(isForgotten));

		// A node that has kept a copy, and shows it again: the other side does not, and the author has it dropped.
		await buyer.page.goto('/market');
		const messages = database.collection<{ sealed: string | null }>('messages');
		const [first] = await messages.find({ conversation }).sort({ position: 1 }).toArray();
		await messages.updateOne({ _id: first?._id }, { $set: { sealed: before[0] ?? null } });
		await seller.page.reload();
		await expect(delivery(seller.page)).toContainText('This node still keeps the ciphertext');
		await expect(talkOf(seller.page).getByText(/was erased on request$/)).toHaveCount(3);
		await expect(seller.page.getByText('Harbour Lane')).toHaveCount(0);
		await buyer.page.goto(order);
		await expect.poll(async () => (await ciphertexts(database, conversation))[0]).toBe(null);
	});
});

const addressOf = (page: Page) => delivery(page).locator('address');

async function fill(page: Page, values: Record<string, string>): Promise<void> {
	for (const [name, value] of Object.entries(values))
		await delivery(page).getByRole('textbox', { name, exact: true }).fill(value);
}

async function erase(page: Page, name: string): Promise<void> {
	await delivery(page).getByRole('button', { name }).click();
	await expect(page.getByRole('dialog')).toContainText('It cannot be brought back.');
	await page.getByRole('dialog').getByRole('button', { name: 'Erase it at both ends' }).click();
	await expect(page.getByRole('dialog')).toBeHidden();
}

/** What the node keeps of a conversation, from its first message on. */
async function ciphertexts(db: Db, conversation: RegExp): Promise<(string | null)[]> {
	const rows = await db
		.collection<{ sealed: string | null }>('messages')
		.find({ conversation })
		.sort({ position: 1 })
		.toArray();
	return rows.map(({ sealed }) => sealed);
}

/** Messages that the browser keeps because they are not sent. */
async function outgoing(): Promise<number> {
	const done = <T>(request: IDBRequest<T>) =>
		new Promise<T>((resolve, reject) => {
			request.onsuccess = () => resolve(request.result);
			request.onerror = () => reject(new Error('IndexedDB'));
		});
	const database = await done(indexedDB.open('holdfast-talk'));
	const count = await done(database.transaction('outgoing').objectStore('outgoing').count());
	database.close();
	return count;
}

/** What the node answers to the page's own reader, as text. */
async function readMessages(order: string): Promise<string> {
	const { items } = (await (await fetch('/api/v1/conversations')).json()) as {
		items: { _id: string; order: string | null }[];
	};
	const id = items.find((one) => one.order === order)?._id ?? '';
	const response = await fetch(`/api/v1/conversations/${encodeURIComponent(id)}/messages?limit=200`);
	if (!response.ok) throw new Error(`The node answers ${response.status}`);
	return response.text();
}
