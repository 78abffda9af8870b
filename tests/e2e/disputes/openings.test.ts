// Opening a dispute: what keeps a claim from the other side, or from the chain, costs no word of it, and nothing is written twice.
import { expect, expectAccessible } from '../fixtures.ts';
import { asOperator, expectAudited, expectTurn, makeKeys } from '../story.ts';
import { test } from './court.ts';
import { dispute, paidOrder } from './sides.ts';

test('a claim that cannot be paid for, sent or confirmed is kept, and goes before the other side once', async ({
	person,
	node
}) => {
	test.setTimeout(180_000);
	const { court, buyer, seller, order, caseId } = await paidOrder(
		{ person, node },
		{ title: 'Wet matches', price: '100' }
	);
	const { page, address } = buyer;
	const pieces = async () => {
		let count = 0;
		await asOperator(node, async (database) => {
			const of = { order: `${court.chain.chainId}:${caseId}` };
			count = await database.collection('evidence').countDocuments(of);
		});
		return count;
	};
	const asked = () => buyer.wallet.asked.filter((method) => method === 'eth_sendTransaction').length;
	const open = () => dispute(page).getByRole('button', { name: 'Open a dispute' }).click();
	const dialog = page.getByRole('dialog', { name: 'Open a dispute' });
	const field = dialog.getByRole('textbox', { name: /^What happened/ });
	const go = dialog.getByRole('button', { name: /^(Keep the claim and open|Try again)$/ });
	const words = 'Not one of the matches can be lit.';
	await open();
	await field.fill(words);

	// What the chain would not take is said before anybody hears a word.
	const sent = asked();
	const value = await court.client.getBalance({ address });
	await court.client.setBalance({ address, value: 0n });
	await go.click();
	await expect(dialog.getByRole('alert')).toContainText('nothing to pay the network with');
	await court.client.setBalance({ address, value });
	expect(await pieces()).toBe(0);
	await seller.page.goto(order);
	await expect(dispute(seller.page)).toBeVisible();
	await expect(seller.page.getByRole('region', { name: 'Evidence' })).toHaveCount(0);

	const full = { status: 409, json: { code: 'quota-exceeded', of: 'wallet' } };
	await page.route('**/api/v1/uploads', (route) => route.fulfill(full));
	await go.click();
	await makeKeys(page);
	await expect(dialog.getByRole('alert')).toContainText('room');
	await expect(field).toHaveValue(words);
	await page.unroute('**/api/v1/uploads');

	// The node has it, and its answer is lost.
	await page.route('**/api/v1/evidence', async (route) => {
		// Names under localhost are the browser's own.
		const here = (text: string) => text.replace('buyer.localhost', 'localhost');
		const headers = Object.entries(await route.request().allHeaders()).map(([name, value]) => [name, here(value)]);
		const taken = await route.fetch({ url: here(route.request().url()), headers: Object.fromEntries(headers) });
		expect(taken.status()).toBe(201);
		await route.abort();
	});
	await go.click();
	await expect(dialog.getByRole('alert')).toContainText('This site does not answer');
	await expect(field).toHaveValue(words);
	await page.unroute('**/api/v1/evidence');
	expect([await pieces(), asked()]).toEqual([1, sent]);

	buyer.wallet.setPolicy(() => 'refuse');
	await go.click();
	await expect(dialog).toContainText('You said no in your wallet', { timeout: 30_000 });
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await open();
	await expect(dialog.getByText(words)).toBeVisible();
	await expect(field).toBeHidden();
	await expect(dialog.getByRole('button', { name: 'Write another claim' })).toBeVisible();
	await expectAccessible(page);

	buyer.wallet.setPolicy(() => 'approve');
	await go.click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	expect(await pieces()).toBe(1);
	const evidence = page.getByRole('region', { name: 'Evidence' });
	await expect(evidence).toContainText('Its time stamp stands on');
	await expect(evidence).not.toContainText('Without a time stamp');
	// Over, before another story lets days pass: whoever was drawn here is silent in nobody's case.
	await court.send(seller.privateKey, court.escrow, 'refundBuyer', [caseId]);
	await expectTurn(page, 'you have 100.00 USDT back');
	await expectAudited(node);
});
