// Every page: nothing that axe finds wrong, no error in the console, nothing wider than a phone, and readable without script.
import { type Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures.ts';
import { buy, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

const phone = { width: 390, height: 844 };

async function expectFitsPhone(page: Page): Promise<void> {
	const before = page.viewportSize();
	await page.setViewportSize(phone);
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(width, `${page.url()} on a phone`).toBeLessThanOrEqual(phone.width);
	if (before) await page.setViewportSize(before);
}

test('as a visitor, then as buyer and seller', async ({ person }) => {
	test.setTimeout(240_000);
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	const problems: string[] = [];
	for (const { page } of [seller, buyer]) {
		page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
		page.on('console', (message) => message.type() === 'error' && problems.push(`${page.url()}: ${message.text()}`));
	}
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Mechanical keyboard', price: '99', stock: '2' });

	for (const path of [
		'/',
		'/market',
		product,
		'/sell',
		'/dashboard',
		'/dashboard/orders',
		'/dashboard/messages',
		'/settings',
		'/status'
	]) {
		await buyer.page.goto(path);
		await expectAccessible(buyer.page);
		await expectFitsPhone(buyer.page);
	}
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Mechanical keyboard');
	await expectTurn(buyer.page, /Waiting for/);
	for (const path of [order, '/dashboard', '/dashboard/orders', '/dashboard/messages', '/settings', product]) {
		for (const { page } of [buyer, seller]) {
			await page.goto(path);
			await expectAccessible(page);
			await expectFitsPhone(page);
		}
	}
	await seller.page.goto('/sell');
	await seller.page.getByRole('link', { name: 'Mechanical keyboard' }).first().click();
	await expectAccessible(seller.page);
	await expectFitsPhone(seller.page);
	expect(problems).toEqual([]);

	const lost = await buyer.page.goto('/no-such-page');
	expect(lost?.status()).toBe(404);
	await expectAccessible(buyer.page);
});

test('without script the market can be read', async ({ browser, person, node }) => {
	const seller = await person('seller');
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Pocket watch', price: '150' });
	const context = await browser.newContext({ baseURL: node.url, javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto('/market?q=watch');
	await page.getByRole('heading', { level: 3 }).getByRole('link', { name: 'Pocket watch' }).click();
	await page.waitForURL(`**${product}`);
	await expect(page.getByRole('heading', { level: 1, name: 'Pocket watch' })).toBeVisible();
	await expect(page.getByText('150.00 USDT').first()).toBeVisible();
	await expect(page.getByRole('button', { name: /^Buy/ })).toBeHidden();
	await expect(page.getByText(/needs (a wallet and )?JavaScript/).first()).toBeVisible();
	await context.close();
});
