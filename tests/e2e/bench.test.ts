// The page of whoever was drawn: it reads both sides, notes down what is nobody else's, rules with reasons, and votes.
import type { Page } from '@playwright/test';
import { createPublicClient, http, type Hex } from 'viem';
import type { PublicChain } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, expectGood, test } from './fixtures.ts';
import {
	asOperator,
	buy,
	expectAudited,
	expectTurn,
	getPlayMoney,
	list,
	makeKeys,
	newcomer,
	skipDay
} from './story.ts';

test.use({ nodeEnv: { DEMO_KEEPER: 'on', DEV_CHAINS: '1' } });

const dispute = (page: Page) => page.getByRole('region', { name: /^(The dispute|If something is wrong)$/ });

/** Who was drawn for the order's case. */
async function drawnFor(node: RunningNode, path: string) {
	const caseId = (decodeURIComponent(path).split(':').at(-1) ?? '') as Hex;
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const [chain] = chains;
	if (!chain) throw new Error('There is no chain');
	const reader = createPublicClient({ transport: http(`${node.url}/rpc/${chain.chainId}`) });
	const pool = { address: chain.pool, abi: arbitratorPoolAbi } as const;
	const { arbitrator } = await reader.readContract({ ...pool, functionName: 'cases', args: [caseId] });
	const actor = demoActors.find(({ address }) => address === arbitrator);
	if (!actor) throw new Error(`${arbitrator} is nobody's`);
	return actor;
}

test('whoever was drawn reads both sides, notes something down, and rules with reasons', async ({ person, node }) => {
	test.setTimeout(240_000);
	const [seller, buyer, judge] = [await person('seller'), await person('buyer'), await person('localhost')];
	await Promise.all([newcomer(seller, node), newcomer(buyer, node)]);
	await list(seller, { title: 'Cracked grinder', price: '100' });
	await Promise.all([getPlayMoney(seller), getPlayMoney(buyer)]);
	const order = await buy(buyer, 'Cracked grinder');
	await expectTurn(buyer.page, /Waiting for/);

	await dispute(buyer.page).getByRole('button', { name: 'Open a dispute' }).click();
	const dialog = buyer.page.getByRole('dialog', { name: 'Open a dispute' });
	await dialog.getByRole('textbox', { name: /^What happened/ }).fill('The hopper was cracked when I opened the box.');
	await dialog.getByRole('button', { name: 'Keep the claim and open' }).click();
	await makeKeys(buyer.page);
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	await expect(dispute(buyer.page)).toContainText('decides.', { timeout: 60_000 });

	const drawn = await drawnFor(node, order);
	const { page } = await newcomer(judge, node, drawn.privateKey);
	const path = order.replace('/dashboard/orders/', '/arbitrator/case/');
	await expectGood(judge, [path]);
	await page.goto(path);
	const stands = page.getByRole('region', { name: 'Where this case stands' });
	await expect(stands).toContainText('You were drawn. Read both sides; you can rule from');
	await expect(stands).toContainText('You lose 50.00 USDT');
	await expect(page.getByText('signature matches')).toBeVisible();
	await expect(page.getByText(/^No order between you and/)).toBeVisible();
	await expect(page.getByRole('button', { name: /^Rule/ })).toBeDisabled();

	// Until the keys are open nothing is read; then the buyer's page lets its arbitrator read.
	await page.getByRole('button', { name: 'Open my keys' }).click();
	await makeKeys(page);
	const sides = page.getByRole('region', { name: 'What each side says' });
	await expect(sides).toContainText('The hopper was cracked', { timeout: 60_000 });
	await expect(page.getByRole('region', { name: 'Evidence' })).toContainText('1 of 1 match their time stamps');

	const note = page.getByRole('textbox', { name: 'For you alone' });
	await note.fill('Ask nobody: the picture says it all.');
	await expect(page.getByText(/^Saved, encrypted/).first()).toBeVisible();
	await asOperator(node, async (database) => {
		const [kept] = await database.collection('caseNotes').find().toArray();
		expect(JSON.stringify(kept)).not.toContain('picture');
	});
	await page.getByRole('radio', { name: /, the buyer/ }).check();
	const reasons = 'The seller promised it undamaged, and it came broken.';
	await page.getByRole('textbox', { name: 'Your reasons' }).fill(reasons);
	await expectAccessible(page);

	await skipDay(buyer);
	await page.getByRole('button', { name: /^Rule for / }).click();
	const ruling = page.getByRole('dialog', { name: /^Rule for / });
	await ruling.getByRole('button', { name: /^Rule for / }).click();
	await expect(ruling).toBeHidden({ timeout: 30_000 });
	await expect(stands).toContainText('You ruled for');
	// Of an order of 100: two fees of five, far less than half of any stake.
	const pays = page.getByRole('region', { name: 'What each ruling pays' });
	await expect(pays.getByRole('row').nth(2)).toContainText('−10.00');
	await expect(pays).toContainText('your 5.00 USDT and 10.00 USDT of your stake go to whoever appealed');
	await expect(page.getByRole('region', { name: 'The ruling' })).toContainText(reasons);
	await expect(page.getByRole('region', { name: 'Everything in order of time' })).toContainText('You were drawn');
	await expectAccessible(page);

	// Both sides read why.
	await expect(buyer.page.getByRole('region', { name: 'Evidence' })).toContainText(reasons);
	await page.reload();
	await expect(note).toHaveValue('Ask nobody: the picture says it all.');
	await expectGood(judge, [path]);
	await expectAudited(node);
});
