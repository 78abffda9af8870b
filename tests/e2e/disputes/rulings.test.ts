// From the first doubt to the last payment, with the keeper at work: whoever is drawn is a real wallet of the pool.
import type { Page } from '@playwright/test';
import { createWalletClient, http, publicActions, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { buy, expectAudited, expectTurn, getPlayMoney, list, makeKeys, newcomer, skipDay } from './story.ts';

test.use({ nodeEnv: { DEMO_KEEPER: 'on', DEV_CHAINS: '1' } });

const dispute = (page: Page) => page.getByRole('region', { name: /^(The dispute|If something is wrong)$/ });

/** The arbitrator of the order's case rules, past any page. @returns who that is */
async function rule(node: RunningNode, path: string, ruling: 1 | 2): Promise<Hex> {
	const caseId = (decodeURIComponent(path).split(':').at(-1) ?? '') as Hex;
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const [chain] = chains;
	if (!chain) throw new Error('There is no chain');
	const pool = { address: chain.pool, abi: arbitratorPoolAbi } as const;
	const transport = http(`${node.url}/rpc/${chain.chainId}`);
	const reader = createWalletClient({ transport }).extend(publicActions);
	const { arbitrator } = await reader.readContract({ ...pool, functionName: 'cases', args: [caseId] });
	const actor = demoActors.find(({ address }) => address === arbitrator);
	if (!actor) throw new Error(`${arbitrator} is nobody's`);
	const account = privateKeyToAccount(actor.privateKey);
	const client = createWalletClient({ account, transport }).extend(publicActions);
	const call = { ...pool, functionName: 'resolveDispute', args: [caseId, ruling, zeroHash], chain: null } as const;
	await client.waitForTransactionReceipt({ hash: await client.writeContract(call), pollingInterval: 100 });
	return arbitrator;
}

test('the buyer claims, an arbitrator is drawn and rules, and the money goes back', async ({ person, node }) => {
	test.setTimeout(240_000);
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await Promise.all([newcomer(seller, node), newcomer(buyer, node)]);
	await list(seller, { title: 'Empty box', price: '100' });
	await Promise.all([getPlayMoney(seller), getPlayMoney(buyer)]);
	const order = await buy(buyer, 'Empty box');
	await expectTurn(buyer.page, /Waiting for/);

	await dispute(buyer.page).getByRole('button', { name: 'Open a dispute' }).click();
	const dialog = buyer.page.getByRole('dialog', { name: 'Open a dispute' });
	await expect(dialog).toContainText('5.00 USDT from you, now.');
	await expect(dialog).toContainText('the money is halved');
	await expectAccessible(buyer.page);
	await dialog.getByRole('button', { name: 'Keep the claim and open' }).click();
	await expect(dialog).toContainText('Say in a sentence or two what happened.');
	await dialog
		.getByRole('textbox', { name: /^What happened/ })
		.fill('The box came, and there was nothing in it at all.');
	await dialog.getByRole('button', { name: 'Keep the claim and open' }).click();
	await makeKeys(buyer.page);
	await expect(dialog).toBeHidden({ timeout: 30_000 });

	// The accused sees the claim and what is next.
	await seller.page.goto(order);
	const evidence = seller.page.getByRole('region', { name: 'Evidence' });
	await evidence.getByRole('button', { name: 'Open to see the files' }).click();
	await makeKeys(seller.page);
	await expect(evidence).toContainText('there was nothing in it at all');
	await expect(dispute(seller.page)).toContainText(/is being drawn|decides/);

	// Nobody presses anything: the keeper draws.
	for (const { page } of [buyer, seller]) await expect(dispute(page)).toContainText('decides.', { timeout: 60_000 });
	await skipDay(buyer);
	const arbitrator = await rule(node, order, 1);
	await expect(dispute(buyer.page)).toContainText('ruled for you');
	await expect(dispute(seller.page).getByRole('button', { name: 'Appeal, with 15.00 USDT' })).toBeVisible();
	await expectAccessible(seller.page);
	expect(arbitrator).toMatch(/^0x/);

	for (let day = 0; day < 2; day++) await skipDay(buyer);
	await expectTurn(buyer.page, '100.00 USDT');
	await expect(dispute(seller.page)).toContainText('It was decided for', { timeout: 60_000 });
	await expectAudited(node);
});
