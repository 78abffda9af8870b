import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Page } from '@playwright/test';
import { MongoClient, type Db } from 'mongodb';
import { createWalletClient, erc20Abi, http, publicActions, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import { readLaunched } from '#lib/server/launched.ts';
import { type RunningNode } from '#tests/support/node.ts';
import { attachWallet, type TestWallet, type WalletPolicy } from '#tests/support/wallet.ts';
import { expect, type Person } from './fixtures.ts';
import { byMouse, type Hands } from './hands.ts';

// What people do, in the words that they see. A story is these, one after the other.

/** Plays the demo actor whose host name the person is at. */
export async function signInAs(name: 'buyer' | 'seller', { page }: Person): Promise<void> {
	await page.goto('/');
	await page.getByRole('button', { name: `Sign in as the ${name}` }).click();
	await expect(page.getByRole('link', { name: /^Your wallet/ })).toBeVisible();
}

/** Signs in at the settings with an ordinary wallet that nobody else has. */
export async function newcomer(
	person: Person,
	node: RunningNode,
	privateKey = generatePrivateKey(),
	{ policy, batches, hands }: { policy?: WalletPolicy; batches?: boolean; hands?: Hands } = {}
): Promise<{ page: Page; wallet: TestWallet }> {
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const rpcs = chains.map(({ chainId }) => ({ chainId, rpcUrl: `${node.url}/rpc/${chainId}` }));
	const of = { privateKey, name: 'Ordinary Wallet', chains: rpcs, policy, batches };
	const wallet = await attachWallet(person.context, of);
	await signInWithWallet(person.page, 'Ordinary Wallet', hands);
	return { page: person.page, wallet };
}

/** Connects a wallet that announces itself, and signs in with it. */
export async function signInWithWallet(page: Page, name: string, hands = byMouse): Promise<void> {
	await page.goto('/settings');
	await hands.press(page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }));
	await hands.press(page.getByRole('dialog').getByRole('button', { name: `Connect ${name}` }));
	await expect(page.getByRole('link', { name: /^Your wallet/ })).toBeVisible();
}

/** `posted`: it is a thing that goes to that region, else a download. */
export type Listing = { title: string; price: string; way?: string; stock?: string; posted?: string };

/** Lists something, signed by the connected wallet. @returns the path of the product's page */
export async function list(person: Person, listing: Listing): Promise<string> {
	await describeListing(person, listing);
	return publishListing(person, listing.title);
}

/** Fills the form of a listing, and leaves it unsigned. */
export async function describeListing({ page }: Person, { title, price, way, stock, posted }: Listing): Promise<void> {
	await page.goto('/sell');
	await page.getByRole('radio', { name: posted ? /^A thing/ : /^A download/ }).check();
	await page.getByRole('textbox', { name: 'Title' }).fill(title);
	await page.getByRole('textbox', { name: 'In one sentence' }).fill('As good as new.');
	await page.getByRole('textbox', { name: 'Description' }).fill('It does what its title says, and it does it well.');
	if (way) await page.getByRole('combobox', { name: 'Token and chain, price 1' }).selectOption({ label: way });
	await page.getByRole('textbox', { name: 'Amount, price 1' }).fill(price);
	if (posted) await page.getByRole('textbox', { name: 'Posted to' }).fill(posted);
	if (stock !== undefined) await page.getByRole('textbox', { name: 'How many do you have?' }).fill(stock);
	await page.getByRole('combobox', { name: 'You deliver within' }).selectOption('24');
	await page.getByRole('combobox', { name: 'The buyer checks within' }).selectOption('72');
}

/** Signs and publishes the listing that is filled in. @returns the path of the product's page */
export async function publishListing({ page }: Person, title: string): Promise<string> {
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await page.waitForURL(/\/product\//);
	await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
	return new URL(page.url()).pathname;
}

/** A file that somebody chooses. */
type ChosenFile = { name: string; text: string };

/**
 * Adds files to what the buyer of the download that is filled in gets, and waits until they are kept.
 * @param first what the page asks before it encrypts anything: to make keys, the first time
 */
export async function addFiles(
	{ page }: Person,
	files: readonly ChosenFile[],
	first?: (page: Page) => Promise<unknown>
): Promise<void> {
	await page.getByRole('radio', { name: /^Files/ }).check();
	const chooser = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: 'Add files' }).click();
	await (
		await chooser
	).setFiles(files.map(({ name, text }) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));
	await first?.(page);
	const kept = page.getByRole('list', { name: 'Files of this listing' });
	for (const { name } of files) await expect(kept.getByText(name)).toBeVisible();
}

/** Gives the download that is filled in these licence keys, in the place of what it had, and waits until they are kept. */
export async function addLicences(
	{ page }: Person,
	keys: readonly string[],
	first?: (page: Page) => Promise<unknown>
): Promise<void> {
	await page.getByRole('radio', { name: /^Licence keys/ }).check();
	const field = page.getByRole('textbox', { name: 'Licence keys, one a line' });
	await field.fill(keys.join('\n'));
	await page.getByRole('button', { name: 'Encrypt and keep' }).click();
	await first?.(page);
	await expect(field).toBeHidden();
}

/**
 * Opens a dispute about an order with an ordinary wallet, past any page.
 * @param path of the order's page
 */
export async function openDispute(node: RunningNode, privateKey: Hex, path: string): Promise<void> {
	const [chainId = '', orderId = ''] = decodeURIComponent(path.split('/').at(-1) ?? '').split(':');
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const chain = chains.find((candidate) => candidate.chainId === Number(chainId));
	if (!chain) throw new Error(`There is no chain ${chainId}`);
	const account = privateKeyToAccount(privateKey);
	const client = createWalletClient({ account, transport: http(`${node.url}/rpc/${chainId}`) }).extend(publicActions);
	const escrow = { address: chain.escrow, abi: p2pEscrowAbi } as const;
	const { tokenId, amount } = await client.readContract({ ...escrow, functionName: 'orders', args: [orderId as Hex] });
	const { token } = await client.readContract({ ...escrow, functionName: 'token', args: [tokenId] });
	const fee = await client.readContract({ ...escrow, functionName: 'arbitrationFee', args: [tokenId, amount] });
	for (const call of [
		{ address: token, abi: erc20Abi, functionName: 'approve', args: [chain.escrow, fee] },
		{ ...escrow, functionName: 'openDispute', args: [orderId as Hex, zeroHash] }
	] as const) {
		const hash = await client.writeContract({ ...call, chain: null } as Parameters<typeof client.writeContract>[0]);
		await client.waitForTransactionReceipt({ hash, pollingInterval: 100 });
	}
}

/** Asks every faucet in the strip for play money. */
export async function getPlayMoney({ page }: Person, hands = byMouse): Promise<void> {
	for (const button of await page.getByRole('button', { name: 'Get 1,000 play USDT' }).all()) {
		await hands.press(button);
		await expect(page.getByText('You have 1,000 more USDT.').first()).toBeVisible();
		await expect(button).toBeEnabled();
	}
}

/**
 * Finds the product in the market and pays for it.
 * @param first what the page asks before it opens the wallet: to make keys, where it comes encrypted
 * @returns the path of the order's page, which has opened by itself
 */
export async function buy(
	person: Person,
	title: string,
	first?: (page: Page) => Promise<unknown>,
	hands = byMouse
): Promise<string> {
	const { page } = person;
	await page.goto('/market');
	await hands.type(page.getByRole('searchbox'), title);
	await page.keyboard.press('Enter');
	await page.waitForURL(({ search }) => search !== '');
	await hands.press(page.getByRole('heading', { level: 3, name: title }).first().getByRole('link'));
	await hands.press(page.getByRole('button', { name: /^Buy: put .* in escrow$/ }));
	await first?.(page);
	await hands.press(page.getByRole('dialog').getByRole('button', { name: /^Pay / }));
	await page.waitForURL(/\/dashboard\/orders\//);
	return new URL(page.url()).pathname;
}

/** The sentence at the top of an order's page: whose turn it is, or how it ended. */
export async function expectTurn(page: Page, words: string | RegExp): Promise<void> {
	await expect(page.getByRole('region', { name: 'Where this order stands' })).toContainText(words);
}

/** Presses an action of the order's page, says yes where the page asks again, and waits until a block has it. */
export async function act({ page }: Person, name: string | RegExp): Promise<void> {
	await page.getByRole('button', { name }).first().click();
	const dialog = page.getByRole('dialog');
	const again = dialog.getByRole('button', { name });
	await expect(again.or(dialog.getByText(/Seen in a block|Confirm in your wallet/)).first()).toBeVisible();
	if (await again.isVisible()) await again.click();
	await expect(dialog).toBeHidden();
}

/** Lets a day pass on the development chains. */
export async function skipDay({ page }: Person): Promise<void> {
	await page.getByRole('button', { name: 'Skip 24 hours' }).click();
	await expect(page.getByText('was moved by 24 hours').first()).toBeVisible();
}

/** In the dialog that makes keys: reads the twelve words off the screen and answers the three that are asked. @returns the words */
export async function writeDownWords(page: Page, hands = byMouse): Promise<string[]> {
	const dialog = page.getByRole('dialog');
	const shown = dialog.getByRole('list', { name: 'Your twelve words' }).getByRole('listitem');
	await expect(shown).toHaveCount(12);
	const words = (await shown.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ''));
	await hands.press(dialog.getByRole('button', { name: 'I wrote them down' }));
	for (const field of await dialog.getByRole('textbox', { name: /^Word \d+$/ }).all()) {
		const place = Number((await field.getAttribute('id'))?.slice('word-'.length));
		await hands.type(field, words[place - 1] ?? '');
	}
	return words;
}

/** Goes through the dialog that makes somebody's first keys, once it is open. @returns the recovery words */
export async function makeKeys(page: Page, hands = byMouse): Promise<string[]> {
	// By its name: what the keys are made for may open a dialog of its own.
	const dialog = page.getByRole('dialog', { name: 'Keys for your messages' });
	await hands.press(dialog.getByRole('button', { name: 'Make my keys' }));
	const words = await writeDownWords(page, hands);
	await hands.press(dialog.getByRole('button', { name: 'Sign with my wallet' }));
	await expect(dialog).toBeHidden();
	return words;
}

/** Writes a message and sends it. */
export async function say(page: Page, words: string): Promise<void> {
	await page.getByRole('textbox', { name: /^Write to / }).fill(words);
	await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** A message of a conversation, by all that it says. */
export const said = (page: Page, words: string) => page.getByRole('log').getByText(words, { exact: true });

/** Two people whom nobody knows; one asks the other about a new listing, and both have keys then. */
export async function ask(
	seller: Person,
	buyer: Person,
	node: RunningNode,
	title: string,
	question: string
): Promise<void> {
	await Promise.all([newcomer(seller, node), newcomer(buyer, node)]);
	const product = await list(seller, { title, price: '20' });
	await buyer.page.goto(product);
	await buyer.page.getByRole('link', { name: /^Ask / }).click();
	await expect(buyer.page.getByText('Nothing has been said yet')).toBeVisible();
	await say(buyer.page, question);
	await makeKeys(buyer.page);
	await expect(said(buyer.page, question)).toBeVisible();

	await seller.page.goto('/dashboard/messages');
	await seller.page.getByRole('link', { name: title }).click();
	await seller.page.getByRole('button', { name: 'Read the conversation' }).click();
	await makeKeys(seller.page);
	await expect(said(seller.page, question)).toBeVisible();
}

/** Does something to the node's database, as its operator could. */
export async function asOperator(node: RunningNode, work: (database: Db) => Promise<unknown>): Promise<void> {
	const { MONGODB_URL: url = '' } = await readLaunched(node.dataDir);
	const client = await MongoClient.connect(url);
	try {
		await work(client.db());
	} finally {
		await client.close();
	}
}

/** Chain, contracts and database agree on every order of the node. */
export async function expectAudited(node: RunningNode): Promise<void> {
	const env = { ...process.env, HOLDFAST_DATA: node.dataDir };
	const said = await promisify(execFile)(process.execPath, ['src/cli/audit.ts'], { env }).catch((error) => error);
	expect(`${said.stdout}${said.stderr}`).toContain('all agree');
}
