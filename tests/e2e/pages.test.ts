// Every page, for a visitor and for who is signed in, in light, in dark and in Arabic: nothing that axe finds wrong, no error
// in the console, nothing wider than a phone, and readable without script.
import { globSync } from 'node:fs';
import { type Page } from '@playwright/test';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import { buy, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };

/** Whatever page there is without an id in its address: a new one is looked at as well. */
const pages = globSync('src/routes/**/+page.svelte')
	.map((file) => file.replaceAll('\\', '/').replace(/^src\/routes|\/(\[\[\w+\]\]\/)?\+page\.svelte$/g, ''))
	.filter((path) => !path.includes('['))
	.map((path) => path || '/')
	.sort();

async function speak({ context, url }: Person, language: string): Promise<void> {
	await context.addCookies([{ name: 'language', value: language, url }]);
}

async function expectFitsPhone(page: Page): Promise<void> {
	await page.setViewportSize(phone);
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(width, `${page.url()} on a phone, in ${await page.locator('html').getAttribute('lang')}`).toBe(phone.width);
}

/** Looks at the pages in English on a desktop, then in Arabic on a phone. */
async function expectGood(person: Person, paths: readonly string[]): Promise<void> {
	const { page } = person;
	for (const [language, direction] of [
		['en', 'ltr'],
		['ar', 'rtl']
	] as const) {
		await speak(person, language);
		for (const path of paths) {
			await page.setViewportSize(language === 'en' ? desktop : phone);
			await page.goto(path);
			await expect(page.locator('html')).toHaveAttribute('dir', direction);
			await expectAccessible(page);
			await expectFitsPhone(page);
		}
	}
	await speak(person, 'en');
	await page.setViewportSize(desktop);
}

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
	await expectGood(seller, [new URL(seller.page.url()).pathname]);
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
