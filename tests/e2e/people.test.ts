// What two people who traded say of each other, seen live by whoever looks; and following and blocking.
import { expect, test } from './fixtures.ts';
import { act, buy, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

test('both review, the seller answers, and whoever has the profile open sees it and checks it', async ({
	person,
	node
}) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Pressed ferns, 1911', price: '18' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Pressed ferns, 1911');
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	await seller.page.goto(order);
	await act(seller, 'I have delivered it');
	await expectTurn(buyer.page, 'Your turn: check');
	await act(buyer, /^I have it/);
	await expectTurn(buyer.page, 'was paid 18.00 USDT');

	// Somebody who is not signed in looks at the seller.
	const { page: visitor } = await person('seller');
	await visitor.context().clearCookies();
	await visitor.goto(product);
	await visitor.getByRole('region', { name: 'About it' }).waitFor();
	await visitor.locator('#seller').getByRole('heading').getByRole('link').click();
	await visitor.waitForURL(/\/profile\/0x/);
	const profile = new URL(visitor.url()).pathname;
	const said = visitor.getByRole('region', { name: 'Reviews' });

	const ofBuyer = buyer.page.getByRole('region', { name: 'What you say of each other' });
	await ofBuyer.getByRole('radio', { name: '5', exact: true }).check();
	await ofBuyer.getByRole('textbox', { name: 'In your words' }).fill('Crisp, and well packed.');
	await ofBuyer.getByRole('button', { name: 'Sign and publish the review' }).click();
	await expect(ofBuyer.getByText('Crisp, and well packed.')).toBeVisible();
	await expect(ofBuyer.getByRole('button', { name: 'Sign and publish the review' })).toBeHidden();
	await expect(said.getByText('Crisp, and well packed.')).toBeVisible();

	const ofSeller = seller.page.getByRole('region', { name: 'What you say of each other' });
	await expect(ofSeller.getByText('Crisp, and well packed.')).toBeVisible();
	await ofSeller.getByRole('radio', { name: '4', exact: true }).check();
	await ofSeller.getByRole('button', { name: 'Sign and publish the review' }).click();
	await expect(ofBuyer.getByText('4 of 5')).toBeVisible();

	await ofSeller.getByText('Answer it').click();
	await ofSeller.getByRole('textbox', { name: 'Your answer' }).fill('Thank you, enjoy them.');
	await ofSeller.getByRole('button', { name: 'Sign and answer' }).click();
	await expect(said.getByText('Thank you, enjoy them.')).toBeVisible();
	await expect(ofBuyer.getByText('Thank you, enjoy them.')).toBeVisible();

	await said.getByRole('button', { name: 'Check the signatures' }).click();
	await expect(said.getByText('Checked in this browser: signed, word for word').first()).toBeVisible();
	await expect(said.getByText(/does not fit/)).toHaveCount(0);

	// Read without any script: the same words.
	const html = await (await fetch(node.url + profile)).text();
	expect(html).toContain('Crisp, and well packed.');
	expect(html).toContain('Thank you, enjoy them.');
});

test('a seller is followed and blocked, and both are taken back in the settings', async ({ person }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Slate of a schoolroom', price: '9' });
	await signInAs('buyer', buyer);
	const { page } = buyer;
	await page.goto(product);
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Stop following' })).toBeVisible();
	await page.goto('/settings');
	const followed = page.getByRole('region', { name: 'Sellers you follow' });
	await expect(followed.getByRole('listitem')).toHaveCount(1);

	await followed.getByRole('link').first().click();
	await page.waitForURL(/\/profile\/0x/);
	await page.getByText('Block', { exact: true }).click();
	await page.getByRole('button', { name: 'Block this wallet' }).click();
	await expect(page.getByText('You block this wallet.')).toBeVisible();
	await page.goto('/');
	await expect(page.getByRole('region', { name: 'New on the market' }).getByRole('status')).toHaveText('Live');
	await expect(page.getByText('Slate of a schoolroom')).toHaveCount(0);

	await page.goto('/settings');
	await expect(followed.getByText('You follow nobody.', { exact: false })).toBeVisible();
	const blocked = page.getByRole('region', { name: 'Wallets you block' });
	// Without script it is taken back on the profile's page.
	await page.locator('html[data-ready]').waitFor();
	await blocked.getByRole('button', { name: 'Take the block back' }).click();
	await expect(blocked.getByText('You block nobody.')).toBeVisible();
});
