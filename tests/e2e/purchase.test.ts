// A purchase, from the listing to the end of the order, by two people with two browsers.
import { expect, test } from './fixtures.ts';
import { act, buy, expectAudited, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

test('a buyer pays, the seller delivers, the buyer confirms, the seller is paid', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Field guide to moths', price: '12.50' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);

	// The seller watches the list of orders: the new one appears there by itself.
	await seller.page.goto('/dashboard/orders');
	const order = await buy(buyer, 'Field guide to moths');
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	await seller.page.getByRole('link', { name: 'Field guide to moths' }).first().click();
	await seller.page.waitForURL(`**${order}`);
	await expectTurn(seller.page, 'Your turn: deliver');

	await act(seller, 'I have delivered it');
	await expectTurn(buyer.page, 'Your turn: check');

	await act(buyer, /^I have it/);
	await expectTurn(seller.page, 'you were paid 12.50 USDT');
	await expectTurn(buyer.page, 'was paid 12.50 USDT');

	// Each step names its block and, soon, that it is final.
	for (const { page } of [seller, buyer]) {
		const timeline = page.getByRole('region', { name: 'What has happened' });
		await expect(timeline.getByText(/^Block/)).toHaveCount(3);
		await expect(timeline.getByText('Final', { exact: true })).toHaveCount(3);
	}
	await expectAudited(node);
});

test('the other chain, with other decimals and confirmations, where the wallet is asked for an approval', async ({
	person,
	node
}) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Brass barometer', price: '20.000001', way: 'USDT on Development Chain 2' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Brass barometer');
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	await seller.page.goto(order);
	await act(seller, 'I have delivered it');
	await expectTurn(buyer.page, 'Your turn: check');
	await act(buyer, /^I have it/);
	await expectTurn(seller.page, 'you were paid 20.000001 USDT');
	await expectAudited(node);
});

test('the buyer cancels before delivery and has the money back', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Enamel teapot', price: '30' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Enamel teapot');
	await expectTurn(buyer.page, /Waiting for/);
	await seller.page.goto(order);
	await act(buyer, 'Cancel the order');
	await expectTurn(buyer.page, 'you have 30.00 USDT back');
	await expectTurn(seller.page, /[Cc]ancelled/);
	await expectAudited(node);
});
