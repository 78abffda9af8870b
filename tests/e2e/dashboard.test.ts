// What waits for somebody, and what came to them: from a fee that an escrow keeps to the address that it is sent to.
import type { Page } from '@playwright/test';
import { createWalletClient, erc20Abi, getAddress, http, publicActions, zeroAddress, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { buy, expectAudited, expectTurn, getPlayMoney, list, newcomer, openDispute, signInAs } from './story.ts';

test.use({ nodeEnv: { DEMO_KEEPER: 'on', DEV_CHAINS: '1' } });

async function chainAt(node: RunningNode, privateKey: Hex) {
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const [chain] = chains;
	if (!chain) throw new Error('There is no chain');
	const transport = http(`${node.url}/rpc/${chain.chainId}`);
	const client = createWalletClient({ account: privateKeyToAccount(privateKey), transport }).extend(publicActions);
	return { chain, client };
}

/** The lines of a file that the page's own session may read. */
const linesOf = (page: Page, path: string) =>
	page.evaluate(async (url) => (await (await fetch(url)).text()).trim().split('\r\n'), path);

const needs = (page: Page) => page.getByRole('region', { name: 'By deadline, the nearest first' });

test('a fee that waits in the escrow is withdrawn to another address; lists follow what happens', async ({
	person,
	node
}) => {
	test.setTimeout(240_000);
	const [seller, buyer, third] = [await person('seller'), await person('buyer'), await person('localhost')];
	const key = generatePrivateKey();
	await Promise.all([signInAs('seller', seller), newcomer(buyer, node, key)]);
	await list(seller, { title: 'Cracked bell', price: '100' });
	await getPlayMoney(buyer);
	const path = await buy(buyer, 'Cracked bell');
	await expectTurn(buyer.page, /Waiting for/);
	const orderId = decodeURIComponent(path).split(':').at(-1) as Hex;

	// Both pages are open before anything happens: what comes, comes by itself.
	await buyer.page.goto('/dashboard/disputes');
	await seller.page.goto('/dashboard');
	const toDo = needs(seller.page).getByRole('listitem').filter({ hasText: 'Cracked bell' });
	await expect(toDo.getByRole('link', { name: 'Confirm delivery' })).toBeVisible();
	await openDispute(node, key, path);
	await expect(toDo).toBeHidden();
	const row = buyer.page.getByRole('row', { name: /Cracked bell/ });
	await expect(row).toContainText('Being decided', { timeout: 60_000 });
	await expectAccessible(buyer.page);

	// The buyer gives in; the arbitrator keeps the part of the fee that was earned, in the escrow.
	const { chain, client } = await chainAt(node, key);
	const [token] = chain.tokens;
	if (!token) throw new Error('The chain has no token');
	const drawn = { address: chain.pool, abi: arbitratorPoolAbi, functionName: 'cases', args: [orderId] } as const;
	const { arbitrator } = await client.readContract(drawn);
	const actor = demoActors.find(({ address }) => address === arbitrator);
	if (!actor) throw new Error(`${arbitrator} is nobody's`);
	const concede = { address: chain.escrow, abi: p2pEscrowAbi, functionName: 'buyerConfirmReceived' } as const;
	const hash = await client.writeContract({ ...concede, args: [orderId], chain: null });
	await client.waitForTransactionReceipt({ hash, pollingInterval: 100 });
	await expect(row).toContainText('Over');
	await expect(toDo.getByRole('link', { name: 'Write a review' })).toBeVisible({ timeout: 40_000 });

	// The list of orders is filtered without a script's help, and so is its file.
	await buyer.page.goto('/dashboard/orders?q=cracked&role=buyer&state=over');
	await expect(buyer.page.getByRole('row', { name: /Cracked bell/ })).toBeVisible();
	await expectAccessible(buyer.page);
	expect(await linesOf(buyer.page, '/dashboard/orders/csv?q=cracked&state=open')).toHaveLength(1);
	expect(await linesOf(buyer.page, '/dashboard/orders/csv?q=cracked&state=over')).toHaveLength(2);

	const { page } = third;
	await newcomer(third, node, actor.privateKey);
	await page.goto('/dashboard');
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Withdraw 5.00 USDT' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('radio', { name: /another address/i }).check();
	const [go, field] = [dialog.getByRole('button', { name: /^Withdraw/ }), dialog.getByRole('textbox')];
	await field.fill(zeroAddress.slice(0, -1));
	await expect(go).toBeDisabled();
	const to = getAddress(privateKeyToAccount(generatePrivateKey()).address);
	await field.fill(to);
	await go.click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	const balance = { address: token.address, abi: erc20Abi, functionName: 'balanceOf', args: [to] } as const;
	expect(await client.readContract(balance)).toBe(5n * 10n ** BigInt(token.decimals));
	await expect(page.getByRole('button', { name: /^Withdraw/ })).toBeHidden({ timeout: 30_000 });

	await page.goto('/dashboard/earnings');
	const total = page.getByRole('row', { name: /^All/ });
	await expect(total).toContainText('5.00 USDT');
	await expect(page.getByRole('columnheader', { name: 'Withdrawn' })).toBeVisible();
	await expectAccessible(page);
	const csv = await linesOf(page, '/dashboard/earnings/csv');
	expect(csv.filter((line) => /,(?:fee|withdrawal),/.test(line))).toHaveLength(2);
	await expectAudited(node);
});
