// Whoever waits for the other side gives it more time with one click, and no timeout comes before that is over.
import { expect } from './fixtures.ts';
import { act, expectAudited, expectTurn } from './story.ts';
import type { Side } from './disputes/sides.ts';
import { paid, test } from './disputes/stages.ts';

test.setTimeout(120_000);

/** Nothing is asked but the wallet, once. */
async function giveTime({ page, wallet }: Side): Promise<void> {
	const asked = wallet.asked.length;
	await page.getByRole('button', { name: 'Give 24 more hours' }).click();
	await expect(page.getByRole('region', { name: 'What has happened' })).toContainText('You gave more time, until');
	expect(wallet.asked.slice(asked)).toEqual(['eth_sendTransaction']);
}

test('the buyer gives the seller a day more to deliver, and the seller the buyer one to check', async ({
	person,
	node
}) => {
	const { court, buyer, seller, order, expectGains } = await paid({ person, node }, '100');
	await buyer.page.goto(order);
	await giveTime(buyer);
	// Of the 24 hours that were agreed on, none is left.
	await court.pass(24);
	await buyer.page.reload();
	await expectTurn(buyer.page, /Waiting for 0x\S+ to deliver/);
	await seller.page.goto(order);
	await expectTurn(seller.page, 'Your turn: deliver');
	await act(seller, 'I have delivered it');

	await giveTime(seller);
	// Of the 72, none.
	await court.pass(72);
	await seller.page.reload();
	await expectTurn(seller.page, /Waiting for 0x\S+ to check/);
	await expectTurn(buyer.page, 'Your turn: check');
	await court.pass(24);
	await seller.page.reload();
	await act(seller, 'Have my 100.00 USDT paid out');
	await expectTurn(seller.page, 'you were paid 100.00 USDT');
	await expectGains({ buyer: '-100', seller: '100' });
	await expectAudited(node);
});
