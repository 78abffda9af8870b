// A dispute with nothing but keys: opened by the buyer, judged by whoever was drawn.
import type { Page } from '@playwright/test';
import { press, tabTo, type } from '../by-keyboard.ts';
import { expect } from '../fixtures.ts';
import { expectAudited } from '../story.ts';
import { atBench, sideOf } from './bench.ts';
import { test } from './court.ts';
import { dispute, expectDecided, paidOrder } from './sides.ts';

async function makeKeysByKeyboard(page: Page): Promise<void> {
	const dialog = page.getByRole('dialog', { name: 'Keys for your messages' });
	await press(page, dialog.getByRole('button', { name: 'Make my keys' }));
	const shown = dialog.getByRole('list', { name: 'Your twelve words' }).getByRole('listitem');
	await expect(shown).toHaveCount(12);
	const words = (await shown.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ''));
	await press(page, dialog.getByRole('button', { name: 'I wrote them down' }));
	for (const field of await dialog.getByRole('textbox').all()) {
		const place = Number((await field.getAttribute('id'))?.slice('word-'.length));
		await tabTo(page, field);
		await page.keyboard.type(words[place - 1] ?? '');
	}
	await press(page, dialog.getByRole('button', { name: 'Sign with my wallet' }));
	await expect(dialog).toBeHidden();
}

test('a claim and a ruling', async ({ person, node }) => {
	test.setTimeout(180_000);
	const sides = await paidOrder({ person, node }, { title: 'Stiff keys', price: '100' });
	const { court, buyer, caseId, expectGains } = sides;
	const { page } = buyer;
	await press(page, dispute(page).getByRole('button', { name: 'Open a dispute' }));
	const dialog = page.getByRole('dialog', { name: 'Open a dispute' });
	await expect(dialog).toBeVisible();
	await type(page, /^What happened/, 'Half of the keys do not go down at all.');
	await press(page, dialog.getByRole('button', { name: 'Keep the claim and open' }));
	await makeKeysByKeyboard(page);
	await expect(dialog).toBeHidden({ timeout: 30_000 });

	const arbitrator = await court.drawn(caseId);
	const bench = (await atBench({ person, node }, sides, arbitrator)).page;
	await court.pass(24);
	await expect(bench.getByRole('button', { name: 'Rule', exact: true })).toBeEnabled();
	await tabTo(bench, sideOf(bench, 'buyer'));
	await bench.keyboard.press('Space');
	await type(bench, 'Your reasons', 'A typewriter has to type, and this one does not.');
	await press(bench, bench.getByRole('button', { name: /^Rule for / }));
	const ruling = bench.getByRole('dialog', { name: /^Rule for / });
	await press(bench, ruling.getByRole('button', { name: /^Rule for / }));
	await expect(ruling).toBeHidden({ timeout: 30_000 });
	await expectDecided(sides, 'buyer', 48);
	await expectGains({ buyer: '-5', [arbitrator.name]: '5' });
	await expectAudited(node);
});
