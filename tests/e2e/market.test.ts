// The market by keyboard: a search narrowed by its filters, kept, and told of when something new is found.
import { expect, expectAccessible, test } from './fixtures.ts';
import { list, signInAs } from './story.ts';

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
