// Two people agree on who gets how much: offered in their conversation, signed off chain, carried out with one click.
import type { Page } from '@playwright/test';
import { generatePrivateKey } from 'viem/accounts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { buy, expectAudited, expectTurn, getPlayMoney, list, makeKeys, newcomer } from './story.ts';

const split = (page: Page) => page.getByRole('region', { name: 'Agree on a split' });

test('an offer is made, taken back, answered by another, and accepted', async ({ person, node }) => {
	test.setTimeout(240_000);
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	const keyOfBuyer = generatePrivateKey();
	await Promise.all([newcomer(seller, node), newcomer(buyer, node, keyOfBuyer)]);
	await list(seller, { title: 'Chipped vase', price: '100' });
	await Promise.all([getPlayMoney(seller), getPlayMoney(buyer)]);
	const order = await buy(buyer, 'Chipped vase');
	await expectTurn(buyer.page, /Waiting for/);

	// The buyer asks for everything; what is typed wrong is said and nothing is signed.
	await split(buyer.page).getByRole('button', { name: 'Offer a split' }).click();
	const dialog = buyer.page.getByRole('dialog', { name: 'Offer a split' });
	const back = dialog.getByRole('textbox', { name: 'Back to you' });
	await expect(back).toHaveValue('50');
	await back.fill('100.01');
	await expect(dialog).toContainText('That is no part of 100.00 USDT.');
	await expect(dialog.getByRole('button', { name: 'Sign and send' })).toBeDisabled();
	await dialog
		.getByRole('button', { name: '100 %' })
		.or(dialog.getByRole('button', { name: '100%' }))
		.click();
	await expectAccessible(buyer.page);
	await dialog.getByRole('button', { name: 'Sign and send' }).click();
	await makeKeys(buyer.page);
	await expect(split(buyer.page)).toContainText('0.00 USDT, and 100.00 USDT for you.');

	await seller.page.goto(order);
	await seller.page.getByRole('button', { name: 'Read the conversation' }).click();
	await makeKeys(seller.page);
	await expect(split(seller.page).getByRole('button', { name: 'Accept, get 0.00 USDT' })).toBeVisible();

	// However much is said after it, it stands on both pages, and where nothing can be read it can be taken back.
	for (let line = 1; line <= 51; line++) {
		await buyer.page.getByRole('textbox', { name: /^Write to / }).fill(`And one thing more, number ${line}.`);
		await buyer.page.getByRole('button', { name: 'Send', exact: true }).click();
	}
	await expect(seller.page.getByText('And one thing more, number 51.')).toBeVisible();
	await Promise.all([buyer, seller].map(({ page }) => page.reload()));
	await expect(split(buyer.page)).toContainText('0.00 USDT, and 100.00 USDT for you.');
	await expect(split(seller.page).getByRole('button', { name: 'Accept, get 0.00 USDT' })).toBeVisible();
	const elsewhere = await person('localhost');
	await newcomer(elsewhere, node, keyOfBuyer);
	await elsewhere.page.goto(order);
	await expect(split(elsewhere.page)).toContainText('an offer that you signed earlier may still stand');
	await expect(split(elsewhere.page).getByRole('button', { name: 'Take my offers back' })).toBeVisible();

	// The buyer takes it back on chain: it can be accepted no more.
	await split(buyer.page).getByRole('button', { name: 'Take my offers back' }).click();
	const taking = buyer.page.getByRole('dialog');
	await expect(taking).toContainText('Every offer to split that you signed');
	await taking.getByRole('button', { name: 'Take my offers back' }).click();
	await expect(taking).toBeHidden();
	await expect(split(buyer.page)).toContainText('It was taken back.', { timeout: 40_000 });
	await seller.page.reload();
	await expect(split(seller.page)).toContainText('It was taken back.');
	await expect(split(seller.page).getByRole('button', { name: /^Accept/ })).toBeHidden();

	// The seller offers a part, to the unit; the buyer takes it.
	await split(seller.page).getByRole('button', { name: 'Offer a split' }).click();
	const answer = seller.page.getByRole('dialog', { name: 'Offer a split' });
	await answer.getByRole('textbox', { name: /^Back to 0x/ }).fill('33.333333');
	await answer.getByRole('button', { name: 'Sign and send' }).click();
	await split(buyer.page).getByRole('button', { name: 'Accept, get 33.333333 USDT' }).click();
	const accepting = buyer.page.getByRole('dialog');
	await expect(accepting).toContainText('66.666667 USDT');
	await accepting.getByRole('button', { name: 'Accept, get 33.333333 USDT' }).click();
	await expect(accepting).toBeHidden();
	for (const { page } of [buyer, seller]) {
		await expectTurn(page, '33.333333 USDT');
		await expect(page.getByText('66.666667 USDT').first()).toBeVisible();
		await expect(split(page)).toBeHidden();
	}
	await expectAudited(node);
});
