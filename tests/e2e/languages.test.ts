// Every language: the page comes in it from the server, its scripts speak it and no other, and a press changes it.
import { expect, test } from './fixtures.ts';

test('an address names a language, a reader chooses one, a browser prefers one', async ({ browser, person, node }) => {
	const { page } = await person('localhost');
	for (const [path, language, direction] of [
		['/', 'en', 'ltr'],
		['/zh', 'zh', 'ltr'],
		['/es/market', 'es', 'ltr'],
		['/ar/market', 'ar', 'rtl']
	]) {
		const served = await page.goto(path ?? '');
		expect(await served?.text()).toContain(`<html lang="${language}" dir="${direction}"`);
		await page.locator('html[data-ready]').waitFor();
		// Of this page alone: the one before may have loaded another until it went.
		const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
		const scripts = loaded.filter((name) => name.endsWith('.js'));
		expect(scripts.length).toBeGreaterThan(5);
		const folder = language === 'en' ? /immutable\/(entry|chunks|nodes)\// : `/_app/immutable/${language}/`;
		for (const script of scripts) expect(script).toMatch(folder);
	}
	await expect(page.locator('link[hreflang=es]')).toHaveAttribute('href', `${new URL(page.url()).origin}/es/market`);
	// The first language that an address named is kept, until another is chosen.
	await page.goto('/market?q=lamp');
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh');
	await page.getByRole('button', { name: 'Español' }).click();
	await expect(page.locator('html')).toHaveAttribute('lang', 'es');
	expect(page.url()).toContain('/market?q=lamp');

	const context = await browser.newContext({ baseURL: node.url, locale: 'ar-EG', javaScriptEnabled: false });
	const plain = await context.newPage();
	await plain.goto('/status');
	await expect(plain.locator('html')).toHaveAttribute('dir', 'rtl');
	await plain.getByRole('button', { name: 'English' }).click();
	await expect(plain.locator('html')).toHaveAttribute('lang', 'en');
	expect(new URL(plain.url()).pathname).toBe('/status');
	await context.close();
});
