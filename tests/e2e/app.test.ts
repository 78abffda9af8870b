// The app around the pages: without a connection, on paper, on an error, and on the tour of the demo.
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import { asOperator, buy, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

test('an order is read without a connection, until its reader signs out', async ({ browser, person, node }) => {
	const seller = await person('seller');
	await signInAs('seller', seller);
	await list(seller, { title: 'Walnut radio', price: '35' });
	const url = `http://buyer.localhost:${node.port}`;
	const context = await browser.newContext({ baseURL: url, serviceWorkers: 'allow' });
	const page = await context.newPage();
	const buyer: Person = { page, context, url };
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Walnut radio');
	await expectTurn(page, /Waiting for .* to deliver/);

	// On paper: what is pressed is gone, what is long is written out.
	await page.emulateMedia({ media: 'print' });
	await expect(page.getByRole('banner')).toBeHidden();
	await expect(page.getByText(decodeURIComponent(order).split(':')[1] ?? '', { exact: true })).toBeVisible();
	await page.emulateMedia({ media: null });

	const kept = () =>
		page.evaluate(async () => {
			const pages = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
			return pages.flat().map((request) => new URL(request.url).pathname);
		});
	await expect.poll(kept).toContain('/en/offline');
	await page.reload();
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	// The shell is kept, and no other page nor any answer of the API.
	expect((await kept()).filter((path) => !/^\/(_app\/immutable\/|[\w-]+\.\w+$|en\/offline$)/.test(path))).toEqual([]);

	await context.setOffline(true);
	await page.goto('/dashboard');
	await expect(page.getByRole('heading', { level: 1, name: 'You are offline' })).toBeVisible();
	const seen = page.getByRole('region', { name: 'Orders seen last' });
	await expect(seen.getByText('Walnut radio')).toBeVisible();
	await expect(seen.getByText('It may have changed since.')).toBeVisible();
	await context.setOffline(false);
	await page.waitForURL('**/dashboard');

	await page.goto('/settings');
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' })).toBeVisible();
	await page.goto('/offline');
	await expect(page.getByText('No orders here')).toBeVisible();
	await context.close();
});

test('a click counts, though its page hears of something new before the next one is there', async ({
	person,
	node
}) => {
	const [seller, visitor] = [await person('seller'), await person('localhost')];
	await signInAs('seller', seller);
	const title = 'Marble run';
	const path = await list(seller, { title, price: '20' });
	const { page } = visitor;
	const heard = new Promise<void>((resolve) => {
		page.on('websocket', (socket) =>
			socket.on('framereceived', ({ payload }) => `${payload}`.includes('"rev":77') && resolve())
		);
	});
	let arrive = () => {};
	const way = new Promise<void>((resolve) => (arrive = resolve));
	await page.route(/\/market\/__data\.json/, async (route) => {
		await way;
		await route.continue();
	});
	await page.goto(path);
	await page.locator('html[data-ready]').waitFor();
	const asked = page.waitForRequest(/\/market\/__data\.json/);
	await page.getByRole('link', { name: 'Market', exact: true }).first().click();
	await asked;
	await asOperator(node, (database) =>
		database.collection('products').updateOne({ title }, { $set: { rev: 77, updatedAt: new Date() } })
	);
	await heard;
	await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
	arrive();
	await page.waitForURL('**/market');
	await expect(page.getByRole('heading', { level: 1, name: title })).toBeHidden();
});

test('a program that asks for what is not there is answered as a program', async ({ node }) => {
	const missing = await fetch(`${node.url}/api/v1/no-such-thing`);
	expect(missing.status).toBe(404);
	expect(missing.headers.get('content-type')).toBe('application/problem+json');
	expect(await missing.json()).toMatchObject({
		code: 'no-such-route',
		instance: `urn:request:${missing.headers.get('x-request-id')}`
	});
	const wrong = await fetch(`${node.url}/api/v1/system/health`, { method: 'DELETE', headers: { origin: node.url } });
	expect(wrong.status).toBe(405);
	expect(await wrong.json()).toMatchObject({ code: 'method-not-allowed' });
});

test('the tour leads through the pages, is resumed, and can be left', async ({ person }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Garden bench', price: '60' });
	const { page } = buyer;
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	await page.getByRole('button', { name: 'Take the tour' }).click();
	const tour = page.getByRole('complementary', { name: /Three minutes/ });
	await expect(tour.getByRole('heading', { name: 'Three minutes, play money' })).toBeFocused();
	await expectAccessible(page);
	const card = page.locator('aside.tour');
	await card.getByRole('button', { name: 'Next' }).click();
	await card.getByRole('button', { name: 'Next' }).click();
	await expect(card.getByRole('heading', { name: 'Choose a listing' })).toBeFocused();
	await card.getByRole('button', { name: 'Take me there' }).click();
	await page.waitForURL('**/market');
	await page.reload();
	await expect(card.getByRole('heading', { name: 'Choose a listing' })).toBeVisible();
	await page.getByRole('heading', { level: 3 }).getByRole('link', { name: 'Garden bench' }).click();
	await expect(card.getByRole('heading', { name: 'Read the terms, then buy' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(card).toBeHidden();
	await page.reload();
	await page.locator('html[data-ready]').waitFor();
	await expect(card).toBeHidden();
});

test('a part of a page that did not come is told, and comes at the next click', async ({ person }) => {
	const { page } = await person('localhost');
	await page.goto('/');
	await expect(page.locator('html')).toHaveAttribute('data-ready', '');
	const connect = page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' });
	await connect.hover();
	await page.route('**/immutable/**/*.js', (route) => route.abort());
	await connect.click();
	await expect(page.getByText('A part of this page did not come.')).toBeVisible();
	await expect(page.getByRole('dialog')).toBeHidden();
	await page.unroute('**/immutable/**/*.js');
	await connect.click();
	await expect(page.getByRole('dialog', { name: 'Connect a wallet' })).toBeVisible();
});
