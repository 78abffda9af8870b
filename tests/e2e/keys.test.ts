// Somebody's keys, from the first twelve words to a second device and to the loss of everything.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import { signInAs } from './story.ts';

const dialogOf = (page: Page) => page.getByRole('dialog');
const keysOf = (page: Page) => page.getByRole('region', { name: 'Keys' });

/** Signs in at the settings of a demo actor. */
async function atSettings(name: 'buyer' | 'seller', person: Person): Promise<Page> {
	await signInAs(name, person);
	await person.page.goto('/settings');
	return person.page;
}

/** Reads the twelve words off the screen and answers the three that are asked. @returns the words */
async function writeDownWords(page: Page): Promise<string[]> {
	const shown = dialogOf(page).getByRole('list', { name: 'Your twelve words' }).getByRole('listitem');
	await expect(shown).toHaveCount(12);
	const words = (await shown.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ''));
	await dialogOf(page).getByRole('button', { name: 'I wrote them down' }).click();
	for (const field of await dialogOf(page).getByRole('textbox').all()) {
		const place = Number((await field.getAttribute('id'))?.slice('word-'.length));
		await field.fill(words[place - 1] ?? '');
	}
	return words;
}

/** All that this site keeps in the browser's databases. */
function stored(page: Page): Promise<Record<string, number>> {
	return page.evaluate(async () => {
		const counts: Record<string, number> = {};
		for (const { name } of await indexedDB.databases()) {
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const request = indexedDB.open(name ?? '');
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
			for (const store of database.objectStoreNames)
				counts[store] = await new Promise<number>((resolve) => {
					const request = database.transaction(store).objectStore(store).count();
					request.onsuccess = () => resolve(request.result);
				});
			database.close();
		}
		return counts;
	});
}

test('keys are made once, stay where the device is trusted, open elsewhere with the words, and go with the session', async ({
	person
}) => {
	const first = await person('seller');
	const page = await atSettings('seller', first);
	await keysOf(page).getByRole('button', { name: 'Make my keys' }).click();
	await dialogOf(page).getByRole('button', { name: 'Make my keys' }).click();
	const words = await writeDownWords(page);

	await dialogOf(page).getByRole('textbox').first().fill('another');
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(dialogOf(page).getByText('was another one')).toBeVisible();
	await dialogOf(page).getByRole('button', { name: 'Show the words again' }).click();
	expect(await writeDownWords(page)).toEqual(words);
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
	await page.reload();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');

	const second = await person('seller');
	const other = await atSettings('seller', second);
	await expect(keysOf(other)).toContainText('Your keys are not open in this browser.');
	await keysOf(other).getByRole('button', { name: 'Open my keys' }).click();
	await dialogOf(other)
		.getByRole('checkbox', { name: /^Keep the keys/ })
		.uncheck();
	const typed = dialogOf(other).getByRole('textbox', { name: 'Your twelve words' });
	const open = dialogOf(other).getByRole('button', { name: 'Open with the words' });
	for (const [wrong, sentence] of [
		['abandon abandon', 'There are twelve words'],
		[words.with(4, 'zzz').join(' '), 'Word 5 is not one of the words'],
		[`${'abandon '.repeat(11)}zoo`, 'not twelve that belong together'],
		[`${'abandon '.repeat(11)}about`, 'These words belong to other keys']
	] as const) {
		await typed.fill(wrong);
		await open.click();
		await expect(dialogOf(other)).toContainText(sentence);
	}
	await typed.fill(` ${words.join('\n').toUpperCase()} `);
	await open.click();
	await expect(keysOf(other)).toContainText('Your messages open in this browser.');

	// Not trusted: they live as long as the tab, through a reload, and another tab has none.
	await other.reload();
	await expect(keysOf(other)).toContainText('Your messages open in this browser.');
	const tab = await second.context.newPage();
	await tab.goto('/settings');
	await expect(keysOf(tab)).toContainText('Your keys are not open in this browser.');

	await expectAccessible(page);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('link', { name: /^Your wallet/ })).toBeHidden();
	expect(await stored(page)).toEqual({ kept: 0, sightings: 0 });
});
