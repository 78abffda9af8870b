// Every page, for a visitor and for who is signed in, in light, in dark and in Arabic: nothing that axe finds wrong, no error
// in the console, nothing wider than a phone, and readable without script.
import { globSync } from 'node:fs';
import { expect, expectAccessible, expectGood, test, type Person } from './fixtures.ts';
import { buy, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

/** Whatever page there is without an id in its address: a new one is looked at as well. */
const pages = globSync('src/routes/**/+page.svelte')
	.map((file) => file.replaceAll('\\', '/').replace(/^src\/routes|\/(\[\[\w+\]\]\/)?\+page\.svelte$/g, ''))
	.filter((path) => !path.includes('['))
	.map((path) => path || '/')
	.sort();

/** Collects what a page complains of. */
function problemsOf({ page }: Person): string[] {
	const problems: string[] = [];
	page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
	page.on('console', (message) => message.type() === 'error' && problems.push(`${page.url()}: ${message.text()}`));
	return problems;
}

test('as a visitor', async ({ person }) => {
	test.setTimeout(300_000);
	const visitor = await person('localhost');
	const problems = problemsOf(visitor);
	await expectGood(visitor, pages);
	expect(problems.filter((problem) => !/\/admin.*40[134]/.test(problem))).toEqual([]);

	const lost = await visitor.page.goto('/no-such-page');
	expect(lost?.status()).toBe(404);
	await expectAccessible(visitor.page);
	await visitor.page.getByRole('searchbox').fill('lamp');
	await visitor.page.getByRole('searchbox').press('Enter');
	await visitor.page.waitForURL('**/market?q=lamp');
});

test('as buyer and seller', async ({ person }) => {
	test.setTimeout(300_000);
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	const problems = [seller, buyer].map(problemsOf);
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Mechanical keyboard', price: '99', stock: '2' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Mechanical keyboard');
	await expectTurn(buyer.page, /Waiting for/);

	const own = ['/sell', '/settings', ...pages.filter((path) => path.startsWith('/dashboard')), product, order];
	await expectGood(seller, own);
	await expectGood(buyer, ['/dashboard', '/market', product, order]);
	await seller.page.goto('/sell');
	await seller.page.getByRole('link', { name: 'Mechanical keyboard' }).first().click();
	await seller.page.waitForURL(/\/sell\/./);
	const listing = new URL(seller.page.url()).pathname;
	await seller.page.goto('/dashboard/notifications');
	const told = await seller.page.getByRole('link', { name: 'You have a new order' }).first().getAttribute('href');
	await expectGood(seller, [listing, told ?? '']);
	await buyer.page.goto(product);
	const profile = await buyer.page.locator('main a[href^="/profile/"]').first().getAttribute('href');
	await buyer.page.getByRole('link', { name: /^Ask / }).click();
	await expect(buyer.page.getByText('Nothing has been said yet')).toBeVisible();
	const talk = new URL(buyer.page.url()).pathname;
	await expectGood(buyer, [profile ?? '', talk, `/report${product}`, `/report${profile}`]);
	expect(problems).toEqual([[], []]);
});

test('without script the market can be read', async ({ browser, person, node }) => {
	const seller = await person('seller');
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Silver hourglass', price: '150' });
	const context = await browser.newContext({ baseURL: node.url, javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto('/market?q=hourglass');
	await page.getByRole('heading', { level: 3 }).getByRole('link', { name: 'Silver hourglass' }).click();
	await page.waitForURL(`**${product}`);
	await expect(page.getByRole('heading', { level: 1, name: 'Silver hourglass' })).toBeVisible();
	await expect(page.getByText('150.00 USDT').first()).toBeVisible();
	await expect(page.getByRole('button', { name: /^Buy/ })).toBeHidden();
	await expect(page.getByText(/needs (a wallet and )?JavaScript/).first()).toBeVisible();
	await context.close();
});
