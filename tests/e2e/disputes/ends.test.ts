// A dispute that ends otherwise: by agreement while somebody holds the case, by a payment that the token refuses.
import { privateKeyToAddress, generatePrivateKey } from 'viem/accounts';
import { expect, expectAccessible } from '../fixtures.ts';
import { expectAudited, expectTurn, makeKeys } from '../story.ts';
import { blacklist, keeperPatience, test } from './court.ts';
import { claim, dispute, disputed, expectDecided, paidOrder, ruled, split } from './sides.ts';

test.setTimeout(180_000);

test('the two agree while an arbitrator holds the case, who keeps the least fee', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Torn map', price: '200' });
	const { court, buyer, seller, order, caseId, expectGains } = sides;
	await claim(buyer, 'A corner of the map is torn off and gone.');
	const arbitrator = await court.drawn(caseId);
	await seller.page.goto(order);
	await seller.page.getByRole('button', { name: 'Open to see the files' }).click();
	await makeKeys(seller.page);
	await expect(dispute(seller.page)).toContainText('decides.', keeperPatience);
	await split(seller.page).getByRole('button', { name: 'Offer a split' }).click();
	const offering = seller.page.getByRole('dialog', { name: 'Offer a split' });
	await offering.getByRole('textbox', { name: /^Back to 0x/ }).fill('150.000001');
	await expectAccessible(seller.page);
	await offering.getByRole('button', { name: 'Sign and send' }).click();

	const accept = { name: 'Accept, get 150.000001 USDT' };
	await split(buyer.page).getByRole('button', accept).click();
	const accepting = buyer.page.getByRole('dialog');
	await expect(accepting).toContainText('49.999999 USDT');
	await expectAccessible(buyer.page);
	await accepting.getByRole('button', accept).click();
	for (const { page } of [buyer, seller]) await expectTurn(page, '150.000001 USDT');
	// The fee was 10: five are the arbitrator's, who was drawn and did not have to rule, and five go back.
	await expectGains({ buyer: '-54.999999', seller: '49.999999', [arbitrator.name]: '5' });
	await expectAudited(node);
});

test('the token refuses the winner, whose money waits and goes elsewhere', async ({ person, node }) => {
	const elsewhere = privateKeyToAddress(generatePrivateKey());
	const sides = await paidOrder({ person, node }, { title: 'Frozen goods', price: '100', also: { elsewhere } });
	const { court, buyer, order, expectGains } = sides;
	const arbitrator = await disputed(node, sides);
	await blacklist(court, buyer.address);
	await ruled(sides, arbitrator, 'buyer');
	await expectDecided(sides, 'buyer', 48);
	await expect(buyer.page.getByText('It waits in the escrow until')).toBeVisible();
	await expectGains({ buyer: '-5', [arbitrator.name]: '5' });

	const { page } = buyer;
	await page.goto('/dashboard');
	await page.getByRole('button', { name: 'Withdraw 100.00 USDT' }).click();
	const dialog = page.getByRole('dialog', { name: 'Withdraw 100.00 USDT' });
	await dialog.getByRole('radio', { name: 'To another address' }).check();
	await expectAccessible(page);
	await dialog.getByRole('textbox', { name: 'Address' }).fill(elsewhere);
	await dialog.getByRole('button', { name: 'Withdraw 100.00 USDT' }).click();
	await expect(dialog).toBeHidden();
	await expectGains({ buyer: '-105', elsewhere: '100', [arbitrator.name]: '5' });
	await page.goto(order);
	await expectTurn(page, '100.00 USDT');
	await expect(page.getByText('It waits in the escrow until')).toBeHidden();
	await expectAudited(node);
});
