// What different wallets can do, and what happens when theirs is another account or another network.
import { createWalletClient, erc20Abi, http, publicActions } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';
import { attachWallet, type TestWallet } from '#tests/support/wallet.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, test, type Person } from './fixtures.ts';
import { expectAudited, expectTurn, getPlayMoney, list, signInAs, signInWithWallet } from './story.ts';

test.use({ nodeEnv: { WALLETCONNECT_PROJECT_ID: '0123456789abcdef0123456789abcdef' } });

async function withWallet(person: Person, node: RunningNode, options: { batches?: boolean; unknownChains?: number[] }) {
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const rpcs = chains.map(({ chainId }) => ({ chainId, rpcUrl: `${node.url}/rpc/${chainId}` }));
	const privateKey = generatePrivateKey();
	const wallet = await attachWallet(person.context, { privateKey, chains: rpcs, ...options });
	await signInWithWallet(person.page, 'Test Wallet');
	return { wallet, chains, privateKey };
}

async function openPayment({ page }: Person, product: string) {
	await page.goto(product);
	await page.getByRole('button', { name: /^Buy: put .* in escrow$/ }).click();
	return page.getByRole('dialog');
}

const count = ({ asked }: TestWallet, method: string) => asked.filter((one) => one === method).length;

test('pays in one confirmation where the wallet offers it, on a chain that it is told of, and goes on after a reload', async ({
	person,
	node
}) => {
	const [seller, buyer] = [await person('seller'), await person('localhost')];
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Slide rule', price: '15', way: 'USDT on Development Chain 2' });

	const { wallet } = await withWallet(buyer, node, { batches: true, unknownChains: [31338] });
	await getPlayMoney(buyer);
	expect(count(wallet, 'wallet_addEthereumChain')).toBe(1);
	await buyer.page.reload();

	const dialog = await openPayment(buyer, product);
	await expect(dialog.getByText('Your wallet asks once, for the allowance and the payment together.')).toBeVisible();
	await expect(dialog.getByText(/^about 0\.\d+\sETH$/)).toBeVisible();
	wallet.setPolicy((method) => (method === 'wallet_sendCalls' ? 'refuse' : 'approve'));
	await dialog.getByRole('button', { name: /^Pay / }).click();
	await expect(dialog.getByText('You said no in your wallet')).toBeVisible();

	// The page goes away while the wallet has the calls: they are not sent again.
	wallet.setPolicy('approve');
	await dialog.getByRole('button', { name: 'Try again' }).click();
	await buyer.page.waitForFunction(() =>
		Object.entries(localStorage).some(([key, value]) => key.startsWith('holdfast.purchase:') && value.includes('calls'))
	);
	await buyer.page.goto(product);
	await buyer.page.getByRole('button', { name: 'Go on with the payment' }).click();
	await buyer.page.getByRole('dialog').getByRole('button', { name: /^Pay / }).click();
	await buyer.page.waitForURL(/\/dashboard\/orders\//);
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	expect(count(wallet, 'wallet_sendCalls')).toBe(2);
	expect(count(wallet, 'eth_sendTransaction')).toBe(2); // the faucets'
	await expectAudited(node);
});

test('signs an allowance where the token takes one, and signs it once', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('localhost')];
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Sextant', price: '25' });
	const { wallet } = await withWallet(buyer, node, { batches: true });
	await getPlayMoney(buyer);

	const dialog = await openPayment(buyer, product);
	await expect(dialog.getByText('a signature that costs nothing')).toBeVisible();
	// The wallet has another network chosen: one button.
	await expect(dialog.getByText('Your wallet stands on another network')).toBeVisible();
	await dialog.getByRole('button', { name: 'Change to Development Chain', exact: true }).click();
	await expect(dialog.getByText('Your wallet stands on another network')).toBeHidden();
	const sent = count(wallet, 'eth_sendTransaction');
	wallet.setPolicy((method) => (method === 'eth_sendTransaction' ? 'refuse' : 'approve'));
	await dialog.getByRole('button', { name: /^Pay / }).click();
	await expect(dialog.getByText('You said no in your wallet')).toBeVisible();

	wallet.setPolicy('approve');
	await buyer.page.reload();
	await buyer.page.getByRole('button', { name: 'Go on with the payment' }).click();
	await expect(dialog.getByText('This goes on where you left it.')).toBeVisible();
	await dialog.getByRole('button', { name: /^Pay / }).click();
	await buyer.page.waitForURL(/\/dashboard\/orders\//);
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	expect(count(wallet, 'eth_signTypedData_v4')).toBe(1);
	expect(count(wallet, 'eth_sendTransaction') - sent).toBe(2);
	expect(count(wallet, 'wallet_sendCalls')).toBe(0);
	await expectAudited(node);
});

test('pays once though the wallet’s answer is lost, and ends a smaller allowance before it gives another', async ({
	person,
	node
}) => {
	const [seller, buyer] = [await person('seller'), await person('localhost')];
	await signInAs('seller', seller);
	const product = await list(seller, { title: 'Theodolite', price: '20', way: 'USDT on Development Chain 2' });
	const { wallet, chains, privateKey } = await withWallet(buyer, node, {});
	await getPlayMoney(buyer);
	const other = chains.find(({ chainId }) => chainId === 31338);
	const token = other?.tokens.find(({ symbol }) => symbol === 'USDT');
	if (!other || !token) throw new Error('The second development chain has no USDT');
	const account = privateKeyToAccount(privateKey);
	const chain = createWalletClient({ account, transport: http(`${node.url}/rpc/31338`) }).extend(publicActions);
	const approval = {
		address: token.address,
		abi: erc20Abi,
		functionName: 'approve',
		args: [other.escrow, 1n]
	} as const;
	const left = await chain.writeContract({ chain: null, ...approval });
	await chain.waitForTransactionReceipt({ hash: left });

	const dialog = await openPayment(buyer, product);
	await expect(dialog.getByText(/^Your wallet asks three times/)).toBeVisible();
	const before = count(wallet, 'eth_sendTransaction');
	wallet.setPolicy((method) =>
		method === 'eth_sendTransaction' && count(wallet, method) === before + 3 ? 'lose' : 'approve'
	);
	await dialog.getByRole('button', { name: /^Pay / }).click();
	await expect(dialog.getByRole('button', { name: 'Try again' })).toBeVisible();
	await buyer.page.keyboard.press('Escape');
	const sent = () => chain.getTransactionCount({ address: account.address });
	await expect.poll(sent).toBe(await chain.getTransactionCount({ address: account.address, blockTag: 'pending' }));

	await buyer.page.getByRole('button', { name: 'Go on with the payment' }).click();
	await expect(dialog.getByText('This is paid already.')).toBeVisible();
	await dialog.getByRole('button', { name: 'See the order' }).click();
	await buyer.page.waitForURL(/\/dashboard\/orders\//);
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	expect(count(wallet, 'eth_sendTransaction') - before).toBe(3);

	// Done is done: nothing of it is left to go on with.
	await buyer.page.goto(product);
	await expect(buyer.page.getByRole('heading', { name: 'Theodolite' }).first()).toBeVisible();
	await expect(buyer.page.getByRole('button', { name: 'Go on with the payment' })).toBeHidden();
	expect(
		await buyer.page.evaluate(() => Object.keys(localStorage).filter((name) => name.includes('purchase')))
	).toEqual([]);
	await expectAudited(node);
});

test('says when the wallet shows another account, and follows it', async ({ person, node }) => {
	const someone = await person('localhost');
	const { page } = someone;
	const { wallet } = await withWallet(someone, node, {});
	await page.goto('/dashboard');
	await page.waitForFunction(() => localStorage.getItem('holdfast.recentConnectorId') !== null);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await expect(async () => {
		await wallet.useAccount(generatePrivateKey());
		await expect(page.getByText(/^Your wallet shows .* but you are signed in as/)).toBeVisible({ timeout: 1_000 });
	}).toPass();
	await page.getByRole('button', { name: /^Sign in as 0x/ }).click();
	await expect(page.getByText(/^Your wallet shows/)).toBeHidden();
});

test('a phone without a wallet is led into one, and WalletConnect is loaded when it is asked for', async ({
	browser,
	node
}) => {
	const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
	const context = await browser.newContext({ baseURL: node.url.replace('127.0.0.1', 'localhost'), userAgent });
	const page = await context.newPage();
	const scripts: string[] = [];
	page.on('request', (request) => request.resourceType() === 'script' && scripts.push(request.url()));
	const refused: string[] = [];
	page.on(
		'console',
		(message) => /violates .*(?:connect|frame|img)-src/.test(message.text()) && refused.push(message.text())
	);
	// Nobody answers for the vendor here; what the page asks of it is what counts.
	const asked = new Set<string>();
	await context.route(/walletconnect|web3modal/, (route) => {
		asked.add(new URL(route.request().url()).hostname);
		return route.abort();
	});
	const answer = await page.goto('/settings');
	expect(answer?.headers()['content-security-policy']).toContain('wss://relay.walletconnect.org');
	await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByRole('link', { name: 'Open in MetaMask' })).toHaveAttribute(
		'href',
		/^https:\/\/link\.metamask\.io\/dapp\/localhost:\d+\/settings$/
	);
	const before = scripts.length;
	await dialog.getByRole('button', { name: 'A wallet on another device' }).click();
	await expect(page.locator('w3m-modal')).toBeAttached();
	await expect.poll(() => asked.size).toBeGreaterThan(0);
	expect(scripts.length).toBeGreaterThan(before);
	expect(refused.filter((text) => !/pulse\.|rpc\.walletconnect/.test(text))).toEqual([]);
	await context.close();
});
