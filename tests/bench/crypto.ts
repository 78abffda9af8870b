// `npm run bench:crypto [--json]`: files and a conversation in Chromium, with the worker as Vite builds it for the app.
import { chromium } from '@playwright/test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { build } from 'vite';
import { aPerson, origin } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';
import type { Chat, ChatTimes, FileTimes, Page } from './crypto-page.ts';
import { median, report } from './report.ts';

const rounds = 5;
const messages = 1000;
const size = 10 * 1024 * 1024;
const json = process.argv.includes('--json');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-crypto-'));

await build({
	configFile: false,
	logLevel: 'error',
	root: process.cwd(),
	publicDir: false,
	worker: { format: 'es' },
	build: {
		outDir: folder,
		emptyOutDir: true,
		target: 'es2023',
		rollupOptions: { input: 'tests/bench/crypto-page.ts', output: { entryFileNames: 'page.js' } }
	}
});

const chat = await aChat();
const html = '<!doctype html><title>Bench</title><script type="module" src="/page.js"></script>';
const server = createServer((request, response) => {
	const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
	const file = join(folder, path);
	if (path === '/') return void response.setHeader('content-type', 'text/html').end(html);
	if (path === '/chat') return void response.setHeader('content-type', 'application/json').end(JSON.stringify(chat));
	if (!existsSync(file)) return void response.writeHead(404).end();
	response.setHeader('content-type', 'text/javascript').end(readFileSync(file));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

const executablePath = '/usr/bin/chromium';
const browser = await chromium.launch({
	...(existsSync(executablePath) ? { executablePath } : {}),
	args: process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : ['--disable-gpu']
});
try {
	const page = await browser.newPage();
	await page.goto(`http://localhost:${port}/`);
	await page.waitForFunction(() => 'bench' in globalThis);

	await page.evaluate(async () => {
		const { reader, ...chat } = await (await fetch('/chat')).json();
		const pair = (keys: { public: number[]; secret: number[] }) => ({
			public: new Uint8Array(keys.public),
			secret: new Uint8Array(keys.secret)
		});
		Object.assign(globalThis, {
			chat: { ...chat, reader: { ...reader, box: pair(reader.box), sign: pair(reader.sign) } }
		});
	});
	type Global = { bench: Page; chat: Chat };
	const runFile = () => page.evaluate((bytes) => (globalThis as unknown as Global).bench.sealAndOpen(bytes), size);
	const runChat = () =>
		page.evaluate(() => {
			const { bench, chat } = globalThis as unknown as Global;
			return bench.openChat(chat);
		});
	const longest = () => page.evaluate(() => (globalThis as unknown as Global).bench.longestTask());

	const runChatAnew = () =>
		page.evaluate(() => {
			const { bench, chat } = globalThis as unknown as Global;
			return bench.openChatAnew(chat);
		});

	await runChat();
	await runFile();
	await longest();
	const files: FileTimes[] = [];
	const chats: ChatTimes[] = [];
	const anew: ChatTimes[] = [];
	const tasks: number[] = [];
	for (let round = 0; round < rounds; round++) {
		files.push(await runFile());
		chats.push(await runChat());
		tasks.push(await longest());
		anew.push(await runChatAnew());
	}
	const middle = (values: number[]) => Math.round(median(values));
	report(
		[
			{ name: 'encrypt 10 MB in a worker', value: middle(files.map(({ seal }) => seal)), unit: 'ms', target: 500 },
			{ name: 'decrypt 10 MB in a worker', value: middle(files.map(({ open }) => open)), unit: 'ms', target: null },
			{
				name: 'open a chat of 1,000: first 50',
				value: middle(chats.map(({ first }) => first)),
				unit: 'ms',
				target: 300,
				note: 'key logs, key set and signatures checked'
			},
			{
				name: 'open a chat of 1,000: all',
				value: middle(chats.map(({ all }) => all)),
				unit: 'ms',
				target: 3000,
				note: 'chains checked'
			},
			{
				name: 'longest main-thread task',
				value: middle(tasks),
				unit: 'ms',
				target: 50,
				note: '0: none of 50 or more'
			},
			{
				name: 'the same, by a worker that starts: first 50',
				value: middle(anew.map(({ first }) => first)),
				unit: 'ms',
				target: null,
				note: 'its code is in the cache'
			}
		],
		json
	);
} finally {
	await browser.close();
	server.close();
	rmSync(folder, { recursive: true, force: true });
}

/** A conversation of two people, read by the seller. Key pairs go as arrays: JSON has no bytes. */
async function aChat() {
	const [buyer, seller] = [await aPerson('buyer'), await aPerson('seller')];
	const talk = await aTalk(buyer, seller);
	for (let i = 0; i < messages; i++)
		await talk.say(i % 3 === 0 ? seller : buyer, `Message ${i}: ${'word '.repeat(i % 40)}`);
	const { identity } = seller;
	const plain = (keys: typeof identity.box) => ({ public: [...keys.public], secret: [...keys.secret] });
	return {
		conversation: talk.conversation,
		parties: talk.view.parties,
		logs: [buyer, seller].map(({ wallet, entries }) => ({ wallet, entries })),
		keySet: talk.keySet,
		records: talk.records,
		reader: { ...identity, box: plain(identity.box), sign: plain(identity.sign) },
		origin
	};
}
