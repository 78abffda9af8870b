// An ordinary wallet becomes an arbitrator, adds to its stake, asks to leave and takes the stake out: to the unit.
import { erc20Abi, createPublicClient, http } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, expectGood, test } from './fixtures.ts';
import { expectAudited, getPlayMoney, newcomer, skipDay } from './story.ts';

test.use({ nodeEnv: { DEMO_KEEPER: 'off', DEV_CHAINS: '1' } });

/** What a wallet and the pool have of the chain's token, in whole tokens. */
async function balances(node: RunningNode, wallet: `0x${string}`): Promise<Record<'wallet' | 'pool', number>> {
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const [chain] = chains;
	const [token] = chain?.tokens ?? [];
	if (!chain || !token) throw new Error('There is no chain with a token');
	const client = createPublicClient({ transport: http(`${node.url}/rpc/${chain.chainId}`) });
	const of = async (owner: `0x${string}`) => {
		const read = { address: token.address, abi: erc20Abi, functionName: 'balanceOf', args: [owner] } as const;
		return Number(await client.readContract(read)) / 10 ** token.decimals;
	};
	return { wallet: await of(wallet), pool: await of(chain.pool) };
}

test('the whole way in, up and out, with the money at each step', async ({ person, node }) => {
	test.setTimeout(240_000);
	const newbie = await person('localhost');
	const { page } = newbie;
	await page.goto('/arbitrators');
	await expect(page.getByRole('row', { name: /0x/ })).toHaveCount(5);
	await page.getByRole('link', { name: 'Become one' }).click();
	const pays = page.getByRole('region', { name: 'What it pays and what it risks' });
	await expect(pays.getByRole('row', { name: /nobody appeals/ })).toContainText('5.00 USDT to 500.00 USDT');
	await expect(pays.getByRole('row', { name: /a panel overturns it/ })).toContainText('up to −250.00 USDT');
	await expect(pays.getByRole('row', { name: /You say nothing/ })).toContainText('−50.00 USDT');

	const key = generatePrivateKey();
	const wallet = privateKeyToAccount(key).address;
	await newcomer(newbie, node, key);
	await getPlayMoney(newbie);
	const { pool } = await balances(node, wallet);
	await page.goto('/arbitrator');
	await page.getByRole('button', { name: 'Become an arbitrator' }).click();
	const dialog = page.getByRole('dialog');
	const amount = dialog.getByRole('textbox', { name: 'Stake in USDT' });
	await expect(dialog).toContainText('You have 1,000.00 USDT.');
	await amount.fill('499.99');
	await expect(dialog).toContainText('At least 500.00 USDT.');
	await amount.fill('1000.01');
	await expect(dialog.getByRole('button', { name: /^Stake/ })).toBeDisabled();
	await amount.fill('500');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Stake 500.00 USDT' }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });

	const seat = page.getByRole('region', { name: 'Where you stand' });
	await expect(seat).toContainText('You are not in the draw yet');
	await expect(seat).toContainText('500.00 USDT in the pool');
	expect(await balances(node, wallet)).toEqual({ wallet: 500, pool: pool + 500 });
	await expectAccessible(page);

	for (let day = 0; day < 7; day++) await skipDay(newbie);
	await expect(seat).toContainText('You can enter the draw now');
	await page.goto('/dashboard');
	await page.getByRole('link', { name: 'Enter the draw', exact: true }).click();
	await seat.getByRole('button', { name: 'Enter the draw' }).click();
	await dialog.getByRole('button', { name: 'Enter the draw' }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	await expect(seat).toContainText('Your weight is 10 of 60: about 17% of all draws.');
	await expect(page.getByRole('banner').getByRole('link', { name: 'Judge' })).toBeVisible();

	await seat.getByRole('button', { name: 'Add to the stake' }).click();
	await dialog.getByRole('textbox').fill('123.456789');
	await dialog.getByRole('button', { name: 'Add 123.456789 USDT' }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	await expect(seat).toContainText('623.456789 USDT in the pool');
	expect(await balances(node, wallet)).toEqual({ wallet: 376.543211, pool: pool + 623.456789 });

	await seat.getByRole('button', { name: 'Leave' }).click();
	await expect(dialog).toContainText('can be taken out after 14 days');
	await dialog.getByRole('button', { name: 'Leave' }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	await expect(seat).toContainText('You are leaving: your stake is locked for a while');
	await expect(seat.getByRole('button')).toHaveCount(0);
	for (let day = 0; day < 14; day++) await skipDay(newbie);
	await seat.getByRole('button', { name: 'Take 623.456789 USDT out' }).click();
	await dialog.getByRole('button', { name: 'Withdraw 623.456789 USDT' }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	await expect(seat).toContainText('You have left the pool');
	expect(await balances(node, wallet)).toEqual({ wallet: 1000, pool });

	// Everybody can read how it went.
	await page.goto(`/arbitrators/${wallet}`);
	const history = page.getByRole('row');
	await expect(history.filter({ hasText: 'Took the stake out' })).toContainText('−623.456789 USDT');
	await expect(history.filter({ hasText: 'Registered with a stake' })).toContainText('50');
	await expectGood(newbie, [`/arbitrators/${wallet}`]);
	await page.goto('/arbitrators?sort=newest');
	await expect(page.getByRole('row', { name: /0x/ })).toHaveCount(5);
	await expectAccessible(page);
	await expectAudited(node);
});
