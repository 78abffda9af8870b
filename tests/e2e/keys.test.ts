// Somebody's keys, from the first twelve words to a second device and to the loss of everything.
import type { Page } from '@playwright/test';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import type { RunningNode } from '#tests/support/node.ts';
import type { WalletPolicy } from '#tests/support/wallet.ts';
import { asOperator, newcomer, signInAs, signInWithWallet, writeDownWords } from './story.ts';

const dialogOf = (page: Page) => page.getByRole('dialog');
const keysOf = (page: Page) => page.getByRole('region', { name: 'Keys' });

/** Signs in at the settings of a demo actor. */
async function atSettings(name: 'buyer' | 'seller', person: Person): Promise<Page> {
	await signInAs(name, person);
	await person.page.goto('/settings');
	return person.page;
}

async function signOut(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('link', { name: /^Your wallet/ })).toBeHidden();
}

/** Asks for the first keys, up to the words. */
async function beginKeys(page: Page): Promise<void> {
	await keysOf(page).getByRole('button', { name: 'Make my keys' }).click();
	await dialogOf(page).getByRole('button', { name: 'Make my keys' }).click();
}

/** Makes the first keys. @returns the words */
async function makeKeys(page: Page): Promise<string[]> {
	await beginKeys(page);
	const words = await writeDownWords(page);
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(dialogOf(page)).toBeHidden();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
	return words;
}

/** What is left of conversations and files where nobody talked, or who did is gone. */
const noTalks = { devices: 0, seen: 0, outgoing: 0, uploads: 0, checked: 0, keys: 0, links: 0, orders: 0 };

/** All that this site keeps in the browser's databases. */
function stored(page: Page): Promise<Record<string, number>> {
	return page.evaluate(async () => {
		const counts: Record<string, number> = {};
		for (const { name } of await indexedDB.databases()) {
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const request = indexedDB.open(name ?? '');
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
			for (const store of database.objectStoreNames)
				counts[store] = await new Promise<number>((resolve) => {
					const request = database.transaction(store).objectStore(store).count();
					request.onsuccess = () => resolve(request.result);
				});
			database.close();
		}
		return counts;
	});
}

test('keys are made once, stay where the device is trusted, open elsewhere with the words, and go with the session', async ({
	person
}) => {
	const first = await person('seller');
	const page = await atSettings('seller', first);
	await beginKeys(page);
	const words = await writeDownWords(page);

	await dialogOf(page).getByRole('textbox').first().fill('zzz');
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(dialogOf(page).getByText('was another one')).toBeVisible();
	await dialogOf(page).getByRole('button', { name: 'Show the words again' }).click();
	expect(await writeDownWords(page)).toEqual(words);
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
	await page.reload();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');

	const second = await person('seller');
	const other = await atSettings('seller', second);
	await expect(keysOf(other)).toContainText('Your keys are not open in this browser.');
	await keysOf(other).getByRole('button', { name: 'Open my keys' }).click();
	await dialogOf(other)
		.getByRole('checkbox', { name: /^Keep the keys/ })
		.uncheck();
	const typed = dialogOf(other).getByRole('textbox', { name: 'Your twelve words' });
	const open = dialogOf(other).getByRole('button', { name: 'Open with the words' });
	for (const [wrong, sentence] of [
		['abandon abandon', 'There are twelve words'],
		[words.with(4, 'zzz').join(' '), 'Word 5 is not one of the words'],
		[`${'abandon '.repeat(11)}zoo`, 'not twelve that belong together'],
		[`${'abandon '.repeat(11)}about`, 'These words belong to other keys']
	] as const) {
		await typed.fill(wrong);
		await open.click();
		await expect(dialogOf(other)).toContainText(sentence);
	}
	await typed.fill(` ${words.join('\n').toUpperCase()} `);
	await open.click();
	await expect(keysOf(other)).toContainText('Your messages open in this browser.');

	// Not trusted: they live as long as the tab, through a reload, and another tab has none.
	await other.reload();
	await expect(keysOf(other)).toContainText('Your messages open in this browser.');
	const tab = await second.context.newPage();
	await tab.goto('/settings');
	await expect(keysOf(tab)).toContainText('Your keys are not open in this browser.');

	await expectAccessible(page);
	await signOut(page);
	expect(await stored(page)).toEqual({ kept: 0, sightings: 0, ...noTalks });
});

test('a sign-out before the page’s script has come forgets the keys with the next page', async ({ person, node }) => {
	const { page } = await newcomer(await person('localhost'), node);
	await page.goto('/settings');
	await beginKeys(page);
	await writeDownWords(page);
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
	await page.route('**/_app/immutable/**/*.js', (route) => route.abort());
	await page.reload();
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' })).toBeVisible();
	await page.unroute('**/_app/immutable/**/*.js');
	await page.reload();
	await expect.poll(() => stored(page)).toEqual({ kept: 0, sightings: 0, ...noTalks });
});

test('a passkey opens the keys after everything in the browser is gone, until it is removed', async ({
	person,
	node
}) => {
	const owner = await person('localhost');
	const { page } = await newcomer(owner, node);
	const devtools = await owner.context.newCDPSession(page);
	await devtools.send('WebAuthn.enable');
	await devtools.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' },
			...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf: true }
		}
	});
	await makeKeys(page);
	await keysOf(page).getByRole('button', { name: 'Add a passkey' }).click();
	const remove = keysOf(page).getByRole('button', { name: /^Remove the passkey/ });
	await expect(remove).toBeVisible();
	await keysOf(page).getByRole('button', { name: 'Add a passkey' }).click();
	await expect(keysOf(page)).toContainText('has a passkey for your keys already');

	await signOut(page);
	await signInWithWallet(page, 'Ordinary Wallet');
	await keysOf(page).getByRole('button', { name: 'Open my keys' }).click();
	await dialogOf(page).getByRole('button', { name: 'Open with my passkey' }).click();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');

	await remove.click();
	await expect(remove).toBeHidden();
	await keysOf(page).getByText('If something is wrong').click();
	await keysOf(page).getByRole('button', { name: 'Take the keys out of this browser' }).click();
	await keysOf(page).getByRole('button', { name: 'Open my keys' }).click();
	await expect(dialogOf(page).getByRole('button', { name: 'Open with the words' })).toBeVisible();
	await expect(dialogOf(page).getByRole('button', { name: 'Open with my passkey' })).toBeHidden();
});

test('a second device gets the keys by a code, once its person lets it in', async ({ person, node }) => {
	const privateKey = generatePrivateKey();
	const { page } = await newcomer(await person('localhost'), node, privateKey);
	await makeKeys(page);
	const { page: other } = await newcomer(await person('localhost'), node, privateKey);
	await keysOf(other).getByRole('button', { name: 'Open my keys' }).click();
	await dialogOf(other).getByRole('button', { name: 'Open from another device of mine' }).click();
	const field = dialogOf(other).getByRole('textbox', { name: 'The code as text' });
	const ask = dialogOf(other).getByRole('button', { name: 'Ask for the keys' });

	const readCode = async () => {
		await expect(dialogOf(page).getByRole('img', { name: 'QR code for the other device' })).toBeVisible();
		return dialogOf(page).getByRole('textbox', { name: 'The code as text' }).inputValue();
	};
	await keysOf(page).getByRole('button', { name: 'Add a device' }).click();
	const refused = await readCode();
	await field.fill(refused.slice(0, -4));
	await ask.click();
	await expect(dialogOf(other).getByRole('alert')).toContainText('cut off');
	await field.fill(refused);
	await ask.click();
	await expect(dialogOf(page)).toContainText('“Chrome, Linux” has read the code');
	await dialogOf(page).getByRole('button', { name: 'Refuse' }).click();
	const code = await readCode();
	expect(code).not.toBe(refused);
	// What was refused is over: the other device has to read the new code.
	await expect(dialogOf(other).getByRole('alert')).toContainText('did not let this one in');
	await field.fill(refused);
	await ask.click();
	await expect(dialogOf(other).getByRole('alert')).toContainText('not here');
	await field.fill(code);
	await ask.click();
	await dialogOf(page).getByRole('button', { name: 'Let it in' }).click();
	await expect(keysOf(other)).toContainText('Your messages open in this browser.');
	await expect(dialogOf(page)).toContainText('has your keys now');
});

test('who lost everything has new keys; the other side is told who speaks for them', async ({ person, node }) => {
	const privateKey = generatePrivateKey();
	const { page } = await newcomer(await person('localhost'), node, privateKey);
	await makeKeys(page);
	const wallet = privateKeyToAddress(privateKey);
	const { page: buyer } = await newcomer(await person('localhost'), node);
	await makeKeys(buyer);
	await keysOf(buyer).getByText('Compare numbers with somebody').click();
	await keysOf(buyer).getByRole('textbox', { name: 'Their wallet’s address' }).fill(wallet);
	const show = keysOf(buyer).getByRole('button', { name: 'Show our number' });
	const digits = keysOf(buyer).getByLabel('The number that you share', { exact: true });
	await show.click();
	const before = await digits.innerText();
	expect(before).toMatch(/^(\d{5}\s){11}\d{5}$/);
	await keysOf(buyer).getByRole('button', { name: 'It is the same' }).click();
	await expect(keysOf(buyer)).toContainText('the keys that you two compared');

	const { page: other } = await newcomer(await person('localhost'), node, privateKey);
	await keysOf(other).getByRole('button', { name: 'Open my keys' }).click();
	await dialogOf(other).getByRole('button', { name: 'Make new keys' }).click();
	await expect(dialogOf(other)).toContainText('stays closed for good');
	await dialogOf(other).getByRole('button', { name: 'Give up the old keys and make new ones' }).click();
	const words = await writeDownWords(other);
	await dialogOf(other).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(keysOf(other)).toContainText('Number 2. What was sent to some of those before does not open.');

	await show.click();
	await expect(keysOf(buyer)).toContainText('only their wallet speaks for the new ones');
	expect(await digits.innerText()).not.toBe(before);
	await keysOf(buyer).getByRole('button', { name: 'It is the same' }).click();

	// The browser that still has the old keys does not take them for the wallet's any more, and adds them to the new ones.
	await page.reload();
	await expect(keysOf(page)).toContainText('Your keys are not open in this browser.');
	await keysOf(page).getByRole('button', { name: 'Open my keys' }).click();
	await dialogOf(page).getByRole('textbox', { name: 'Your twelve words' }).fill(words.join(' '));
	await dialogOf(page).getByRole('button', { name: 'Open with the words' }).click();
	await expect(keysOf(page)).toContainText('Number 2. What was sent to the ones before opens too.');
	await other.reload();
	await expect(keysOf(other)).toContainText('Number 2. What was sent to the ones before opens too.');

	const vaultBefore = await vaultOf(node, wallet);
	// Replaced while they are open: the old ones vouch for the new ones, and the other browser is out.
	await keysOf(page).getByText('If something is wrong').click();
	await keysOf(page).getByRole('button', { name: 'Replace the keys' }).click();
	await dialogOf(page).getByRole('button', { name: 'Make new keys' }).click();
	await writeDownWords(page);
	await dialogOf(page).getByRole('button', { name: 'Sign with my wallet' }).click();
	await expect(keysOf(page)).toContainText('Number 3. What was sent to the ones before opens too.');
	await show.click();
	await expect(keysOf(buyer)).toContainText('The old keys vouch for the new ones.');
	await other.reload();
	await expect(keysOf(other)).toContainText('Your keys are not open in this browser.');

	// A node that gives the keys from before, as if they were the newest, and the vault from before.
	await asOperator(node, async (database) => {
		const log = database.collection('keyLog');
		const newest = await log.findOne({ wallet: wallet.toLowerCase() }, { sort: { epoch: -1 } });
		if (newest === null) throw new Error('There are keys');
		await log.deleteOne({ _id: newest._id });
		await show.click();
		await expect(keysOf(buyer)).toContainText('is not the one that this browser saw before');
		await log.insertOne(newest);
		const vaults = database.collection<{ _id: string }>('vaults');
		await vaults.replaceOne({ _id: wallet.toLowerCase() }, vaultBefore);
		await keysOf(page)
			.getByRole('checkbox', { name: /^Keep the keys in this browser/ })
			.uncheck();
		const tab = await page.context().newPage();
		await tab.goto('/settings');
		await keysOf(tab).getByRole('button', { name: 'Open my keys' }).click();
		await dialogOf(tab).getByRole('textbox', { name: 'Your twelve words' }).fill(words.join(' '));
		await dialogOf(tab).getByRole('button', { name: 'Open with the words' }).click();
		await expect(dialogOf(tab).getByRole('alert')).toContainText('an older copy of your keys');
	});
});

/** The vault as the node keeps it now. */
async function vaultOf(node: RunningNode, wallet: string): Promise<object> {
	let vault: object | null = null;
	await asOperator(node, async (database) => {
		vault = await database.collection<{ _id: string }>('vaults').findOne({ _id: wallet.toLowerCase() });
	});
	if (vault === null) throw new Error('There is a vault');
	return vault;
}

test('a no in the wallet changes nothing, and what was typed is still there', async ({ person, node }) => {
	const refusing: WalletPolicy = (method) => (method === 'eth_signTypedData_v4' ? 'refuse' : 'approve');
	const { page, wallet } = await newcomer(await person('localhost'), node, generatePrivateKey(), { policy: refusing });
	await beginKeys(page);
	await writeDownWords(page);
	const sign = dialogOf(page).getByRole('button', { name: 'Sign with my wallet' });
	await sign.click();
	await expect(dialogOf(page).getByRole('alert')).toContainText('You said no');
	expect(await (await page.request.get('/api/v1/vault')).json()).toBeNull();
	expect(await (await page.request.get(`/api/v1/keys/${wallet.address}`)).json()).toEqual([]);

	wallet.setPolicy('approve');
	await sign.click();
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
	expect(await (await page.request.get(`/api/v1/keys/${wallet.address}`)).json()).toHaveLength(1);
});

test('several wallets keep their keys in one browser, and signing out takes those of one', async ({ person }) => {
	const { page, context } = await person('localhost');
	const names = ['Demo wallet: arbitrator-1', 'Demo wallet: arbitrator-2'] as const;
	for (const name of names) {
		await context.clearCookies(); // as when a session is over
		await signInWithWallet(page, name);
		await makeKeys(page);
	}
	await context.clearCookies();
	await signInWithWallet(page, names[0]);
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
	await signOut(page);
	expect(await stored(page)).toEqual({ kept: 1, sightings: 1, ...noTalks });
	await signInWithWallet(page, names[1]);
	await expect(keysOf(page)).toContainText('Your messages open in this browser.');
});
