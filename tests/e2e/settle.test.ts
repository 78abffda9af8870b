// Two people agree on who gets how much: offered in their conversation, signed off chain, carried out with one click.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures.ts';
import { buy, expectAudited, expectTurn, getPlayMoney, list, makeKeys, newcomer } from './story.ts';

const split = (page: Page) => page.getByRole('region', { name: 'Agree on a split' });

test('an offer is made, taken back, answered by another, and accepted', async ({ person, node }) => {
	test.setTimeout(180_000);
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await Promise.all([newcomer(seller, node), newcomer(buyer, node)]);
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
