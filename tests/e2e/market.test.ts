// The market by keyboard: a search narrowed by its filters, kept, and told of when something new is found.
import { expect, expectAccessible, test } from './fixtures.ts';
import { asOperator, list, signInAs } from './story.ts';

/** What `products` has, as far as these tests write it. */
type Row = { _id: string; title: string; prices: { unitPrice: string }[] };

test('filters by keyboard, and a kept search that finds something new', async ({ person }) => {
	test.setTimeout(180_000);
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Brass sextant', price: '40', stock: '2' });
	await list(seller, { title: 'Pocket watch', price: '150' });

	const { page } = buyer;
	await signInAs('buyer', buyer);
	await page.goto('/market');
	await page.getByRole('searchbox').focus();
	await page.keyboard.type('bras sextnat');
	await page.keyboard.press('Enter');
	await page.waitForURL(/q=bras/);
	const listings = page.getByRole('heading', { level: 3 });
	await expect(listings).toHaveText(['Brass sextant']);

	// What is counted beside a choice is what choosing it finds.
	const inStock = page.getByRole('checkbox', { name: /In stock/ });
	await inStock.focus();
	await page.keyboard.press('Space');
	await page.waitForURL(/stock=1/);
	await expect(inStock).toBeChecked();
	await page.goto('/market?q=sextant&stock=1');
	await expectAccessible(page);

	await page.getByRole('button', { name: 'Save this search' }).focus();
	await page.keyboard.press('Enter');
	await expect(page.getByText(/^Saved\./)).toBeVisible();
	await list(seller, { title: 'Polished sextant', price: '25', stock: '1' });
	await expect(page.getByText('One new listing: show it')).toBeVisible();
	await page.getByText('One new listing: show it').press('Enter');
	await expect(listings).toHaveText(['Polished sextant', 'Brass sextant']);

	await page.goto('/dashboard/notifications');
	await expect(page.getByText('There is something new that a saved search of yours finds.').first()).toBeVisible();
	await page.goto('/dashboard/searches');
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Delete' }).press('Enter');
	await expect(page.getByText('No search is saved')).toBeVisible();
});

test('on a phone the filters are a sheet over the list, with script and without', async ({ browser, person, node }) => {
	const seller = await person('seller');
	await signInAs('seller', seller);
	await list(seller, { title: 'Chess set', price: '30', stock: '1' });
	for (const javaScriptEnabled of [true, false]) {
		const context = await browser.newContext({
			baseURL: node.url,
			javaScriptEnabled,
			viewport: { width: 390, height: 844 }
		});
		const page = await context.newPage();
		await page.goto('/market');
		const sheet = page.getByRole('form', { name: 'Filters' });
		await expect(sheet).toBeHidden();
		await page.getByRole('link', { name: 'Filters' }).click();
		await expect(sheet).toBeVisible();
		await sheet.getByRole('checkbox', { name: /In stock/ }).check();
		await sheet.getByRole('button', { name: 'Show listings' }).click();
		await page.waitForURL(/stock=1/);
		await expect(sheet).toBeHidden();
		await expect(page.getByRole('link', { name: 'Chess set' })).toBeVisible();
		await context.close();
	}
});

test('scrolling goes on where a listing moves to a later page meanwhile', async ({ person, node }) => {
	const seller = await person('seller');
	await signInAs('seller', seller);
	await list(seller, { title: 'Zither', price: '10', stock: '1' });
	const ids = Array.from({ length: 60 }, (_, index) => index.toString(16).padStart(32, '0'));
	await asOperator(node, async (database) => {
		const { _id, ...zither } = (await database.collection<Row>('products').findOne({ title: 'Zither' }))!;
		const copies = ids.map((id, index) => {
			const prices = zither.prices.map((price) => ({ ...price, unitPrice: `${1000 + index}` }));
			return { ...zither, _id: id, slug: id, title: `Zither ${index}`, prices };
		});
		await database.collection<Row>('products').insertMany(copies);
		await database.collection<Row>('products').deleteOne({ _id });
	});

	const { page } = await person('localhost');
	const problems: string[] = [];
	page.on('pageerror', ({ message }) => problems.push(message));
	const shown = page.getByRole('heading', { level: 3 });
	await expect(async () => {
		await page.goto('/market?sort=price-low&q=zither');
		await expect(page.getByText('24 of 60')).toBeVisible({ timeout: 1_000 });
	}).toPass();
	await expect(shown.first()).toHaveText('Zither 0');
	await asOperator(node, (database) =>
		database.collection<Row>('products').updateOne({ _id: ids[0] }, { $set: { 'prices.0.unitPrice': '1030' } })
	);
	await expect(async () => {
		const { items } = (await (await fetch(`${node.url}/api/v1/products?sort=price-low&text=zither`)).json()) as {
			items: { title: string }[];
		};
		expect(items[0]?.title).toBe('Zither 1');
	}).toPass();
	await expect(async () => {
		await page.mouse.wheel(0, 20_000);
		await expect(shown).toHaveCount(60, { timeout: 1_000 });
	}).toPass();
	expect(new Set(await shown.allTextContents()).size).toBe(60);
	expect(problems).toEqual([]);
});

test('a value that an address or a kept search says twice is one choice', async ({ person, node }) => {
	const buyer = await person('buyer');
	await signInAs('buyer', buyer);
	const { page } = buyer;
	const problems: string[] = [];
	page.on('pageerror', ({ message }) => problems.push(message));
	await page.goto('/market?kind=digital&kind=digital&token=USDT&token=USDT');
	await page.getByRole('button', { name: 'Save this search' }).click();
	await expect(page.getByText(/^Saved\./)).toBeVisible();
	await expect(page.getByRole('link', { name: /^Download/ })).toHaveCount(1);
	await page.getByRole('combobox', { name: 'Sort' }).selectOption('price-low');
	await page.waitForURL(/sort=price-low/);

	const twice = { 'search.kind': ['digital', 'digital'], 'search.token': ['USDT', 'USDT'] };
	await asOperator(node, (database) => database.collection('savedSearches').updateMany({}, { $set: twice }));
	await page.goto('/dashboard/searches');
	await page.getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('No search is saved')).toBeVisible();
	expect(problems).toEqual([]);
});

test('what is chosen before the page’s script comes counts when it is there', async ({ person }) => {
	const { page } = await person('buyer');
	const { promise: mayCome, resolve: come } = Promise.withResolvers<void>();
	await page.route('**/_app/immutable/**/*.js', async (route) => {
		await mayCome;
		await route.continue();
	});
	await page.goto('/market');
	await page.getByRole('combobox', { name: 'Sort' }).selectOption('price-low');
	await page.getByRole('searchbox', { name: 'Search the market' }).first().fill('cup');
	await expect(page.locator('html[data-ready]')).toHaveCount(0);
	come();
	await page.waitForURL(/sort=price-low/);
	expect(new URL(page.url()).searchParams.get('q')).toBe('cup');
});

test('what is chosen for one product is not chosen for the next', async ({ person }) => {
	const seller = await person('seller');
	await signInAs('seller', seller);
	const cup = await list(seller, { title: 'Tin cup', price: '12', stock: '5' });
	const plate = await list(seller, { title: 'Tin plate', price: '15', stock: '5' });
	const { page } = await person('localhost');
	const quantity = page.getByRole('spinbutton', { name: 'How many?' });
	const fromCup = page.getByRole('link', { name: 'Tin cup' });
	// That it was looked at is kept when the browser is idle, as the way to share it comes.
	await page.goto(cup);
	await expect(page.getByRole('button', { name: 'Share' })).toBeVisible();
	await page.goto(plate);
	await expect(fromCup).toBeVisible();
	await quantity.fill('3');
	await fromCup.click();
	await expect(page.getByRole('heading', { level: 1, name: 'Tin cup' })).toBeVisible();
	await expect(quantity).toHaveValue('1');
});
