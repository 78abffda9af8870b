// The same purchase with an ordinary browser wallet, which announces itself and whose person may say no.
import { generatePrivateKey } from 'viem/accounts';
import { type PublicChain } from '#lib/chain/chains.ts';
import { attachWallet } from '#tests/support/wallet.ts';
import { expect, test } from './fixtures.ts';
import { buy, expectAudited, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

test('connects, signs in, refuses once, and buys', async ({ person, node }) => {
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const seller = await person('seller');
	await signInAs('seller', seller);
	await list(seller, { title: 'Studio headphones', price: '60' });

	const buyer = await person('localhost');
	const wallet = await attachWallet(buyer.context, {
		privateKey: generatePrivateKey(),
		name: 'Ordinary Wallet',
		chains: chains.map(({ chainId }) => ({ chainId, rpcUrl: `${node.url}/rpc/${chainId}` })),
		policy: (method) => (method === 'personal_sign' ? 'refuse' : 'approve')
	});
	await buyer.page.goto('/');
	await buyer.page.getByRole('button', { name: 'Connect a wallet' }).click();
	const dialog = buyer.page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Connect Ordinary Wallet' }).click();
	await expect(dialog.getByRole('alert')).toContainText('You said no');

	wallet.setPolicy('approve');
	await dialog.getByRole('button', { name: 'Connect Ordinary Wallet' }).click();
	await expect(buyer.page.getByRole('link', { name: /^Your wallet/ })).toBeVisible();
	await getPlayMoney(buyer);

	wallet.setPolicy((method) => (method === 'eth_signTypedData_v4' ? 'refuse' : 'approve'));
	await buyer.page.goto('/market?q=headphones');
	await buyer.page.getByRole('heading', { level: 3 }).getByRole('link', { name: 'Studio headphones' }).click();
	await buyer.page.getByRole('button', { name: /^Buy: put .* in escrow$/ }).click();
	await dialog.getByRole('button', { name: /^Pay / }).click();
	await expect(dialog.getByText('You said no in your wallet')).toBeVisible();

	wallet.setPolicy('approve');
	await buy(buyer, 'Studio headphones');
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	expect(wallet.asked).toContain('eth_sendTransaction');
	await expectAudited(node);
});
