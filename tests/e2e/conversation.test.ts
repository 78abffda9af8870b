// What two people say to each other, from the first question about a listing to the end of an order.
import { expect, expectAccessible, test } from './fixtures.ts';
import { buy, getPlayMoney, list, makeKeys, say, signInAs } from './story.ts';

test('a question about a listing, an answer, receipts, a reload, and the order’s own conversation', async ({
	person
}) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Field recordings', price: '20' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);

	await buyer.page.goto(product);
	await buyer.page.getByRole('link', { name: /^Ask / }).click();
	await expect(buyer.page.getByRole('heading', { level: 1, name: 'About Field recordings' })).toBeVisible();
	await say(buyer.page, 'Is it lossless?');
	await makeKeys(buyer.page);
	const asked = buyer.page.getByRole('log').getByText('Is it lossless?');
	await expect(asked).toBeVisible();
	await expect(buyer.page.getByText('has no keys yet')).toBeVisible();
	await buyer.page.screenshot({ path: '/tmp/shots/ask.png', fullPage: true });

	await seller.page.goto('/dashboard/messages');
	await seller.page.screenshot({ path: '/tmp/shots/messages.png', fullPage: true });
	await seller.page.getByRole('link', { name: 'Field recordings' }).click();
	await seller.page.getByRole('button', { name: 'Read the conversation' }).click();
	await makeKeys(seller.page);
	await expect(seller.page.getByRole('log').getByText('Is it lossless?')).toBeVisible();
	await say(seller.page, 'Yes, FLAC at 96 kHz.');
	await expect(buyer.page.getByRole('log').getByText('Yes, FLAC at 96 kHz.')).toBeVisible();
	await buyer.page.screenshot({ path: '/tmp/shots/answered.png', fullPage: true });
	await expectAccessible(buyer.page);

	await buy(buyer, 'Field recordings');
	await say(buyer.page, 'Paid. Thank you!');
	await expect(buyer.page.getByRole('log').getByText('Paid. Thank you!')).toBeVisible();
	await buyer.page.screenshot({ path: '/tmp/shots/order.png', fullPage: true });
});
