// A sale and a purchase with nothing but keys: what is pressed was reached by Tab, and could be seen to have the focus.
import { expect, test, type Person } from './fixtures.ts';
import { byKeyboard, tabTo } from './hands.ts';
import { expectTurn, getPlayMoney, list, signInAs } from './story.ts';

const { press, type } = byKeyboard;

async function signInByKeys(name: 'buyer' | 'seller', { page }: Person): Promise<void> {
	await page.goto('/');
	await press(page.getByRole('button', { name: `Sign in as the ${name}` }));
	await expect(page.getByRole('link', { name: /^Your wallet/ })).toBeVisible();
}

test('a purchase', async ({ person }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Oak easel', price: '40' });

	const { page } = buyer;
	await signInByKeys('buyer', buyer);
	await getPlayMoney(buyer, byKeyboard);
	await press(page.getByRole('banner').getByRole('link', { name: 'Market' }));
	await page.waitForURL('**/market');
	await tabTo(page.getByRole('searchbox'));
	await page.keyboard.type('easel');
	await page.keyboard.press('Enter');
	await page.waitForURL(/q=easel/);
	await press(page.getByRole('heading', { level: 3 }).getByRole('link', { name: 'Oak easel' }));
	await page.waitForURL(/\/product\//);

	// A dialog takes the focus, and gives it back to what opened it.
	const buy = page.getByRole('button', { name: /^Buy: put .* in escrow$/ });
	await press(buy);
	const dialog = page.getByRole('dialog');
	await expect(dialog).toBeVisible();
	await expect.poll(() => dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await expect(buy).toBeFocused();
	await page.keyboard.press('Enter');
	const pay = dialog.getByRole('button', { name: /^Pay / });
	await expect(pay).toBeEnabled();
	await press(pay);
	await page.waitForURL(/\/dashboard\/orders\//);
	await expectTurn(page, /Waiting for .* to deliver/);
});

test('a sale', async ({ person }) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInByKeys('seller', seller);
	await press(page.getByRole('banner').getByRole('link', { name: 'Sell' }));
	await page.waitForURL('**/sell');
	const download = page.getByRole('radio', { name: /^A download/ });
	await tabTo(page.getByRole('radio', { name: /^A thing/ }));
	await page.keyboard.press('ArrowDown');
	await expect(download).toBeChecked();
	await type(page.getByRole('textbox', { name: 'Title' }), 'Star chart of the south');
	await type(page.getByRole('textbox', { name: 'In one sentence' }), 'Every star to the sixth magnitude.');
	await type(page.getByRole('textbox', { name: 'Description' }), 'Drawn by hand, and checked against the catalogue.');
	await type(page.getByRole('textbox', { name: 'Amount, price 1' }), '12');
	await press(page.getByRole('button', { name: 'Sign and publish' }));
	await page.waitForURL(/\/product\//);
	await expect(page.getByRole('heading', { level: 1, name: 'Star chart of the south' })).toBeVisible();
});
