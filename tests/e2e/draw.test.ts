// The public page of a case's draws: live while the keeper draws, and done again in the browser from the chain alone.
import { generatePrivateKey } from 'viem/accounts';
import { expect, expectAccessible, expectGood, test } from './fixtures.ts';
import { buy, expectAudited, getPlayMoney, list, newcomer, openDispute } from './story.ts';

test.use({ nodeEnv: { DEMO_KEEPER: 'on', DEV_CHAINS: '1' } });

test('anybody watches the draw, and does it again in the browser', async ({ person, node }) => {
	test.setTimeout(120_000);
	const [seller, buyer, visitor] = [await person('seller'), await person('buyer'), await person('localhost')];
	const privateKey = generatePrivateKey();
	await Promise.all([newcomer(seller, node), newcomer(buyer, node, privateKey)]);
	await list(seller, { title: 'A lamp', price: '100' });
	await Promise.all([getPlayMoney(seller), getPlayMoney(buyer)]);
	const order = await buy(buyer, 'A lamp');
	await openDispute(node, privateKey, order);

	const dispute = buyer.page.getByRole('region', { name: 'The dispute' });
	await dispute.getByRole('link', { name: 'How the draw went, and check it yourself' }).click();
	await buyer.page.waitForURL(/\/case\/.*\/draw$/);
	const path = new URL(buyer.page.url()).pathname;
	await visitor.page.goto(path);
	for (const { page } of [visitor, buyer]) {
		const now = page.getByRole('region', { name: 'The draw now' });
		await expect(now).toContainText(/Bound to round [\d]+ of the beacon/);
		await expect(now).toContainText(/0x[0-9a-f]+…\u2060[0-9a-f]+ was drawn/i, { timeout: 60_000 });
	}

	for (const [{ page }, way] of [
		[visitor, 'this site’s relay'],
		[buyer, 'your wallet']
	] as const) {
		await page.getByRole('button', { name: 'Do the draw again here' }).click();
		const result = page.getByRole('region', { name: /^Draw 1: 0x/ });
		await expect(result).toContainText('Comes out the same');
		await expect(result.getByText(/^The beacon signed round \d+\. The key is this chain/)).toBeVisible();
		await expect(result.getByRole('row').last()).toContainText('Drawn');
		await expect(page.getByRole('region', { name: 'Check it yourself' })).toContainText(`Read by way of ${way}`);
		await expectAccessible(page);
	}
	await expectGood(visitor, [path]);
	await expectAudited(node);
});
