// What two people say to each other, from the first question about a listing to an order's own conversation; and what a
// node that turns against them cannot hide from them.
import type { Page, Request } from '@playwright/test';
import type { Db } from 'mongodb';
import { expect, expectAccessible, test } from './fixtures.ts';
import { asOperator, ask, buy, getPlayMoney, said, say } from './story.ts';

const talkOf = (page: Page) => page.getByRole('region', { name: 'Conversation' });

test('a question about a listing, its answer, what is written without a connection, and the order’s own talk', async ({
	person,
	node
}) => {
	test.slow();
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await ask(seller, buyer, node, 'Field recordings', 'Is it lossless?');
	await expect(buyer.page.getByText('has no keys yet')).toBeHidden();
	await expect(talkOf(buyer.page)).toContainText('Read');

	// Who does not say what they read is told apart from who has not received it, and from nothing else.
	await buyer.page.goto('/settings');
	const tells = buyer.page.getByRole('checkbox', { name: /^Tell others when I have read/ });
	await tells.uncheck();
	await buyer.page.reload();
	await expect(tells).not.toBeChecked();
	await buyer.page.goto('/market');
	await say(seller.page, 'Yes, FLAC at 96 kHz.');
	await buyer.page.getByRole('link', { name: 'Messages, one unread' }).click();
	// The market behind it has a link of the same name.
	await buyer.page.waitForURL('**/dashboard/messages');
	await buyer.page.getByRole('link', { name: 'Field recordings' }).click();
	await expect(said(buyer.page, 'Yes, FLAC at 96 kHz.')).toBeVisible();
	await expect(buyer.page.getByRole('link', { name: 'Messages, one unread' })).toBeHidden();

	await talkOf(buyer.page)
		.getByRole('listitem')
		.filter({ hasText: 'Yes, FLAC' })
		.getByRole('button', { name: 'Reply' })
		.click();
	await say(buyer.page, 'Then I take it.');
	const answer = talkOf(seller.page).getByRole('listitem').filter({ hasText: 'Then I take it.' });
	await expect(answer).toContainText('Yes, FLAC at 96 kHz.');
	const unanswered = talkOf(seller.page).getByRole('listitem').filter({ hasText: 'Yes, FLAC', hasNotText: 'Then I' });
	await expect(unanswered).toContainText('Delivered');
	await expectAccessible(buyer.page);

	// A cut connection: what was written waits, through a reload, in the order of writing.
	const posts = '**/api/v1/conversations/*/messages';
	await buyer.context.route(posts, (route) => (route.request().method() === 'POST' ? route.abort() : route.fallback()));
	await say(buyer.page, 'First without a net.');
	await say(buyer.page, 'Second without a net.');
	await expect(talkOf(buyer.page).getByText('Waiting to be sent')).toHaveCount(2);
	await buyer.page.reload();
	await expect(talkOf(buyer.page).getByText('Waiting to be sent')).toHaveCount(2);
	await expect(said(seller.page, 'First without a net.')).toBeHidden();
	await buyer.context.unroute(posts);
	await expect(said(seller.page, 'Second without a net.')).toBeVisible();
	const order = await seller.page
		.getByRole('log')
		.getByText(/without a net/)
		.allInnerTexts();
	expect(order).toEqual(['First without a net.', 'Second without a net.']);
	await expect(talkOf(buyer.page).getByText('Waiting to be sent')).toHaveCount(0);
	await say(seller.page, 'Do you need a receipt?');
	await expect(said(buyer.page, 'Do you need a receipt?')).toBeVisible();
	const last = talkOf(seller.page).getByRole('listitem').filter({ hasText: 'Do you need a receipt?' });
	await expect(last).toContainText('Delivered');
	// Whatever the buyer's browser had to tell has been told by now.
	await seller.page.reload();
	await expect(last).toContainText('Delivered');
	await expect(unanswered).toContainText('Delivered');

	await getPlayMoney(buyer);
	const path = await buy(buyer, 'Field recordings');
	await say(buyer.page, 'Paid. Thank you!');
	await expect(said(buyer.page, 'Paid. Thank you!')).toBeVisible();
	await seller.page.goto(path);
	await expect(said(seller.page, 'Paid. Thank you!')).toBeVisible();
	await expect(talkOf(seller.page)).toContainText('paid 20.00 USDT into escrow');
	const chooser = seller.page.waitForEvent('filechooser');
	await seller.page.getByRole('button', { name: 'Add files' }).click();
	const notes = { name: 'tracks.txt', mimeType: 'text/plain', buffer: Buffer.from('1 Rain\n2 Gulls\n') };
	await (await chooser).setFiles(notes);
	await expect(seller.page.getByRole('button', { name: 'Remove tracks.txt' })).toBeVisible();
	await say(seller.page, 'The list of tracks');
	await buyer.page.getByRole('button', { name: 'Look at tracks.txt' }).click();
	await expect(buyer.page.getByRole('log').getByText('2 Gulls')).toBeVisible();
	await expectAccessible(seller.page);
});

test('a node that alters, drops or forges what was said, or swaps a key, is found out', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await ask(seller, buyer, node, 'Sheet music', 'One');
	for (const words of ['Two', 'Three']) {
		await say(buyer.page, words);
		await expect(said(seller.page, words)).toBeVisible();
	}
	await asOperator(node, (database) => turnAgainst(database, seller.page, buyer.page));
});

/** What a node's operator can do to what the node keeps, one thing after the other, each taken back after it was seen. */
async function turnAgainst(db: Db, seller: Page, buyer: Page): Promise<void> {
	const id = decodeURIComponent(new URL(seller.url()).pathname.split('/').at(-1) ?? '');
	const messages = db.collection<{ sealed: string | null; seq: number }>('messages');
	const [one, two, three] = await messages.find({ conversation: id }).sort({ seq: 1 }).toArray();
	if (one === undefined || two === undefined || three === undefined) throw new Error('Three messages were sent');
	const problems = talkOf(seller).getByRole('alert');

	const ciphertext = one.sealed ?? '';
	const flipped = ciphertext.slice(0, 100) + (ciphertext[100] === 'A' ? 'B' : 'A') + ciphertext.slice(101);
	await messages.updateOne({ _id: one._id }, { $set: { sealed: flipped } });
	await seller.reload();
	await expect(said(seller, 'Two')).toBeVisible();
	await expect(talkOf(seller)).toContainText(/wrote something here, .*, and it is not shown/);
	await expect(said(seller, 'One')).toBeHidden();
	await messages.updateOne({ _id: one._id }, { $set: { sealed: one.sealed } });

	// As if its author had asked to forget it.
	await messages.updateOne({ _id: two._id }, { $set: { sealed: null } });
	await seller.reload();
	await expect(problems).toContainText('wrote a message whose words this node has removed');
	await expect(talkOf(seller).getByRole('listitem').filter({ hasText: 'has removed its words' })).toHaveCount(1);
	await expect(said(seller, 'Two')).toBeHidden();
	await messages.updateOne({ _id: two._id }, { $set: { sealed: two.sealed } });

	await messages.deleteOne({ _id: two._id });
	await seller.reload();
	await expect(problems).toContainText('One message by');
	await expect(said(seller, 'Three')).toBeVisible();
	await messages.insertOne(two);

	// What stood at the beginning is asked for, and not again and again where it does not come.
	let asked = 0;
	const count = (request: Request) => (asked += Number(request.url().includes('before=')));
	await messages.deleteOne({ _id: one._id });
	seller.on('request', count);
	await seller.reload();
	await expect(talkOf(seller)).toContainText('there is more before this, and does not give it');
	await expect(said(seller, 'Three')).toBeVisible();
	expect(asked).toBe(1);
	await seller.getByRole('button', { name: 'Show earlier messages' }).click();
	await expect.poll(() => asked).toBe(2);
	seller.off('request', count);
	await messages.insertOne(one);
	await expect(said(seller, 'One')).toBeVisible();

	// What stood at the end was seen before: it cannot be taken back.
	await messages.deleteOne({ _id: three._id });
	await seller.reload();
	await expect(problems).toContainText('is gone, or is another');
	await messages.insertOne(three);

	// A key of the operator's own in the place of the seller's: the buyer's browser saw the right one.
	const log = db.collection<{ wallet: string; binding: { x25519: string } }>('keyLog');
	const conversation = await db.collection<{ _id: string; seller: string }>('conversations').findOne({ _id: id });
	const entry = await log.findOne({ wallet: conversation?.seller ?? '' });
	if (entry === null) throw new Error('The seller has keys');
	await log.updateOne({ _id: entry._id }, { $set: { 'binding.x25519': `0x${'0b'.repeat(32)}` } });
	await buyer.reload();
	await expect(talkOf(buyer).getByRole('alert')).toBeVisible();
	await say(buyer, 'For the wrong eyes');
	await expect(talkOf(buyer).getByRole('alert').last()).toBeVisible();
	expect(await messages.countDocuments({ conversation: id })).toBe(3);
	await log.replaceOne({ _id: entry._id }, entry);
	await buyer.reload();
	await expect(said(buyer, 'Three')).toBeVisible();
	await expect(talkOf(buyer).getByRole('alert')).toBeHidden();
}
