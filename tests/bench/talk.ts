/**
 * `npm run bench:talk [-- --json] [--messages N]`: a conversation of 10,000 messages, all sealed and signed, at a real node
 * and in Chromium: from the arrival of its newest page to the screen, all of it by scrolling up, one more message with all
 * of them loaded, and scrolling through them.
 */
import { chromium, type Page } from '@playwright/test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { publicChains } from '#lib/server/services/chains.ts';
import { readConfig } from '#lib/server/config.ts';
import { closeContext, openContext, type Context } from '#lib/server/context.ts';
import { readLaunched } from '#lib/server/launched.ts';
import { putKeySet } from '#lib/server/services/key-sets.ts';
import { publishKeys, putVault } from '#lib/server/services/keys.ts';
import { postMessage, type PostMessageInput } from '#lib/server/services/messages.ts';
import { conversationId, type Conversation } from '#lib/domain/conversation.ts';
import { signReceipt } from '#lib/crypto/receipt.ts';
import { createRecoveryCode, recoveryKey } from '#lib/crypto/recovery.ts';
import { createVault, sealVault } from '#lib/crypto/vault.ts';
import build from '#tests/e2e/global-setup.ts';
import { signInWithWallet } from '#tests/e2e/story.ts';
import { aListedProduct } from '#tests/support/market.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { aPerson, walletKeyOf, type Person } from '#tests/support/people.ts';
import { aTalk, type Talk } from '#tests/support/talk.ts';
import { attachWallet } from '#tests/support/wallet.ts';
import { median, report, type Row } from './report.ts';

const flags = parseArgs({
	options: { json: { type: 'boolean', default: false }, messages: { type: 'string', default: '10000' } }
}).values;
const count = Number(flags.messages);
const rounds = 7;

/** What the page notes about itself: when messages came over the socket, what was on screen when, and its long tasks. */
type Noted = { cameAt: number | null; longest: number; tasks: number };
declare global {
	var noted: Noted;
}

function note(): void {
	globalThis.noted = { cameAt: null, longest: 0, tasks: 0 };
	globalThis.WebSocket = class extends WebSocket {
		constructor(...args: ConstructorParameters<typeof WebSocket>) {
			super(...args);
			this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
				if (typeof data === 'string' && data.includes('"sealed"')) noted.cameAt ??= performance.now();
			});
		}
	};
	new PerformanceObserver((list) => {
		for (const { duration } of list.getEntries()) {
			noted.longest = Math.max(noted.longest, duration);
			noted.tasks++;
		}
	}).observe({ type: 'longtask', buffered: true });
}

const shownWords = (number: number) => `Message ${number}: ${'word '.repeat(number % 40)}`.trim();

/** Two people with keys, what they said to each other about a listing, and the words that open the reader's keys. */
async function seed(context: Context, url: string): Promise<{ talk: Talk; words: string }> {
	const [reader, writer] = [await aPerson('reader', url), await aPerson('writer', url)];
	for (const person of [reader, writer]) for (const entry of person.entries) await publishKeys(context, person, entry);
	const words = createRecoveryCode();
	const secrets = createVault(reader.wallet, reader.master);
	const { wraps, sealed } = sealVault(secrets, [{ way: 'recovery', key: await recoveryKey(words) }], []);
	await putVault(context, reader, { revision: secrets.revision, wraps: [...wraps], sealed });

	const product = await aListedProduct(context, writer.account);
	const talk = await aTalk(reader, writer, 'bench', { kind: 'product', product: product.id, buyer: reader.wallet });
	await putKeySet(context, reader, talk.keySet);
	for (let number = 0; number < count - 1; number++)
		await talk.say(number % 3 === 0 ? writer : reader, shownWords(number));
	await keep(context, talk);
	// The service goes on where that ends: what was written at once is a conversation as it makes them.
	await say(context, talk, writer, count - 1);
	return { talk, words };
}

/** Writes what was said as the service does, at once, with the receipts that two browsers would have signed. */
async function keep({ models }: Context, talk: Talk): Promise<void> {
	const { buyer, seller, conversation, records } = talk;
	const { product } = conversation as Conversation & { kind: 'product' };
	const parties = [buyer.wallet, seller.wallet];
	const rows = records.map((record, at) => {
		const reader = record.author === buyer.wallet ? seller : buyer;
		const { epoch, signature } = signReceipt('read', record, conversation, reader.identity);
		const receipts = { delivered: null, read: { reader: reader.wallet, epoch, signature } };
		const receivedAt = new Date(record.sentAt);
		return {
			_id: String(at + 1).padStart(32, '0'),
			rev: 1,
			...record,
			position: at + 1,
			parties,
			receivedAt,
			receipts
		};
	});
	for (let from = 0; from < rows.length; from += 500) await models.messages.insertMany(rows.slice(from, from + 500));
	const all = rows.length;
	const row = {
		...{ order: null, product, buyer: buyer.wallet, seller: seller.wallet, count: all },
		...{ lastAt: rows.at(-1)?.receivedAt, lastAuthor: rows.at(-1)?.author },
		...{ unread: { buyer: 0, seller: 0 }, readTo: { buyer: all, seller: all } }
	};
	await models.conversations.updateOne({ _id: conversationId(conversation) }, { $set: row }, { upsert: true });
}

async function say(context: Context, talk: Talk, author: Person, number: number): Promise<void> {
	await postMessage(context, author, (await talk.say(author, shownWords(number))) as PostMessageInput);
}

/** Milliseconds from the arrival of messages over the socket until the last of them is on the screen. */
function shownAfter(page: Page, words: string): Promise<number> {
	return page.evaluate(
		(text) =>
			new Promise<number>((resolve, reject) => {
				const patience = performance.now() + 30_000;
				const look = () => {
					const last = [...document.querySelectorAll('[role=log] li[data-hash]')].at(-1)?.querySelector('.text');
					if (performance.now() > patience) return reject(new Error(`${last?.textContent} instead of ${text}`));
					if (last?.textContent !== text || noted.cameAt === null) return void requestAnimationFrame(look);
					// The frame that has it is drawn when the next one begins.
					requestAnimationFrame(() => resolve(performance.now() - (noted.cameAt ?? 0)));
				};
				look();
			}),
		words
	);
}

/** Scrolls up until everything is loaded. @returns how long it took, in milliseconds */
function loadAll(page: Page): Promise<number> {
	return page.evaluate(
		() =>
			new Promise<number>((resolve) => {
				const started = performance.now();
				const log = document.querySelector('[role=log]');
				const step = () => {
					if (log === null || log.querySelector('.older') === null) return void resolve(performance.now() - started);
					log.scrollTop = 0;
					requestAnimationFrame(step);
				};
				step();
			})
	);
}

/** Scrolls through the list, a screen in three frames. @returns the time between two frames, in milliseconds, sorted */
function scrollThrough(page: Page, frames: number): Promise<number[]> {
	return page.evaluate(
		(left) =>
			new Promise<number[]>((resolve) => {
				const log = document.querySelector('[role=log]');
				const times: number[] = [];
				let [before, direction] = [performance.now(), -1];
				const step = (now: number) => {
					times.push(now - before);
					before = now;
					if (log === null || times.length === left) return void resolve(times.toSorted((a, b) => a - b));
					if (log.scrollTop < 1) direction = 1;
					log.scrollTop += direction * (log.clientHeight / 3);
					requestAnimationFrame(step);
				};
				requestAnimationFrame(step);
			}),
		frames
	);
}

/** The longest main-thread task since this was asked last, in milliseconds; 0: none of 50 or more. */
async function longestTask(page: Page): Promise<number> {
	await page.waitForTimeout(200); // entries come after their task
	return page.evaluate(() => {
		const { longest } = noted;
		noted.longest = 0;
		return Math.round(longest);
	});
}

async function measure(page: Page, node: RunningNode, context: Context): Promise<Row[]> {
	const { talk, words } = await seed(context, node.url);
	const rpcs = publicChains(context).map(({ chainId }) => ({ chainId, rpcUrl: `${node.url}/rpc/${chainId}` }));
	await attachWallet(page.context(), {
		privateKey: walletKeyOf('reader'),
		name: 'Ordinary Wallet',
		chains: rpcs,
		policy: 'approve'
	});
	await page.addInitScript(note);
	await signInWithWallet(page, 'Ordinary Wallet');
	await page.getByRole('button', { name: 'Open my keys' }).click();
	await page.getByRole('textbox', { name: 'Your twelve words' }).fill(words);
	await page.getByRole('button', { name: 'Open with the words' }).click();
	await page.getByText('Your messages open in this browser.').waitFor();

	const first: number[] = [];
	const path = `/dashboard/messages/${encodeURIComponent(conversationId(talk.conversation))}`;
	for (let round = 0; round <= rounds; round++) {
		await page.goto(path);
		first.push(await shownAfter(page, shownWords(count - 1)));
	}
	const longestAtFirst = await longestTask(page);

	const all = await loadAll(page);
	const longestOfAll = await longestTask(page);
	await page.evaluate(() => document.querySelector('[role=log]')?.scrollTo(0, 1e9));

	const arrivals: number[] = [];
	for (let round = 0; round <= rounds; round++) {
		await page.evaluate(() => (noted.cameAt = null));
		const number = count + round;
		await say(context, talk, talk.seller, number);
		arrivals.push(await shownAfter(page, shownWords(number)));
	}
	const longestOfArrivals = await longestTask(page);

	const frames = await scrollThrough(page, 600);
	const longestOfScrolling = await longestTask(page);
	const heap = await page.evaluate(
		() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize
	);
	const elements = await page.evaluate(() => document.getElementsByTagName('*').length);

	const middle = (values: number[]) => Math.round(median(values.slice(1)));
	const at = (share: number) => Math.round((frames[Math.floor(share * (frames.length - 1))] ?? 0) * 10) / 10;
	return [
		{
			name: 'newest page, from its arrival',
			value: middle(first),
			unit: 'ms',
			target: 300,
			note: 'shown, all of it verified'
		},
		{ name: 'newest page, longest task', value: longestAtFirst, unit: 'ms', target: null },
		{
			name: `all ${count} by scrolling up`,
			value: Math.round(all),
			unit: 'ms',
			target: null,
			note: 'shown, all of them verified'
		},
		{
			name: 'all by scrolling up, longest task',
			value: longestOfAll,
			unit: 'ms',
			target: 50,
			note: '0: none of 50 or more'
		},
		{ name: `one more beside ${count}, from its arrival`, value: middle(arrivals), unit: 'ms', target: 100 },
		{ name: 'one more, longest task', value: longestOfArrivals, unit: 'ms', target: 50 },
		{ name: 'scrolling, longest task', value: longestOfScrolling, unit: 'ms', target: 50 },
		{ name: 'scrolling, between two frames, p50', value: at(0.5), unit: 'ms', target: null },
		{ name: 'scrolling, between two frames, p99', value: at(0.99), unit: 'ms', target: null },
		{
			name: 'heap of the page',
			value: Math.round(heap / 1_048_576),
			unit: 'MiB',
			target: null,
			note: `${elements} elements`
		}
	];
}

build();
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-talk-'));
const node = await startNode();
const executablePath = '/usr/bin/chromium';
const browser = await chromium.launch({
	...(existsSync(executablePath) ? { executablePath } : {}),
	args: process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : ['--disable-gpu']
});
try {
	const launched = await readLaunched(node.dataDir);
	const context = await openContext(
		readConfig({ ...launched, NODE_ENV: 'test', LOG_LEVEL: 'silent', HOLDFAST_DATA: folder })
	);
	try {
		const page = await browser.newPage({ baseURL: node.url });
		report(await measure(page, node, context), flags.json);
	} finally {
		await closeContext(context);
	}
} finally {
	await browser.close();
	await node.remove();
	rmSync(folder, { recursive: true, force: true });
}
