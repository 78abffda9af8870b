// One large file from a browser to another, in a conversation: what the browsers have in memory meanwhile.
import { chromium } from '@playwright/test';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '#tests/e2e/story.ts';
import { seededBytes } from '#tests/support/bytes.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { openBareBrowser, type BareBrowser } from './bare-browser.ts';
import { peaksOf } from './processes.ts';
import type { Row } from './report.ts';

const MiB = 1_048_576;
const patience = 600_000;
const smallRounds = 3;
const debian = '/usr/bin/chromium';
const executablePath = existsSync(debian) ? debian : chromium.executablePath();

/** The most that was in memory, in MiB, and how long it took. */
type Measured = { pages: number; all: number; seconds: number };

async function measure(browser: BareBrowser, work: () => Promise<void>): Promise<Measured> {
	let seconds = 0;
	const peaks = await peaksOf(100, browser.memory, async () => {
		const started = performance.now();
		await work();
		seconds = (performance.now() - started) / 1000;
	});
	return { ...peaks, seconds };
}

/** Two people in a conversation, each in a profile of their own. @returns its address */
async function introduce(node: RunningNode, sender: string, receiver: string): Promise<string> {
	const open = async (profile: string) => {
		const args = process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : ['--disable-gpu'];
		const context = await chromium.launchPersistentContext(profile, { baseURL: node.url, executablePath, args });
		return { page: context.pages()[0] ?? (await context.newPage()), context, url: node.url };
	};
	const people = [await open(sender), await open(receiver)] as const;
	await ask(...people, node, 'A recording', 'How long is it?');
	const address = people[0].page.url();
	for (const { context } of people) await context.close();
	return address;
}

async function digestOf(path: string): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(path), hash);
	return hash.digest('hex');
}

const button = (name: string) =>
	`[...document.querySelectorAll('button:enabled')].find((one) => (one.ariaLabel ?? one.textContent).trim() === ${JSON.stringify(name)})`;
const press = async (browser: BareBrowser, name: string) => {
	await browser.until(button(name));
	await browser.run(`${button(name)}.click()`);
};
const shows = (selector: string, ...words: string[]) =>
	`[...document.querySelectorAll(${JSON.stringify(selector)})].some((one) => ${JSON.stringify(words)}.every((word) => one.textContent.includes(word)))`;

async function send(browser: BareBrowser, path: string, name: string): Promise<void> {
	await browser.until(button('Add files'));
	await browser.choose("document.querySelector('input[type=file]:not([capture])')", path);
	await browser.until(shows('li', name, 'uploaded'));
}

/** Saves a file by way of the page's own file system, and waits until the browser has put it into `downloads`. */
async function save(browser: BareBrowser, name: string, size: number, downloads: string): Promise<string> {
	await press(browser, `Save ${name}`);
	await browser.until(shows('[role=group]', name, 'it is the file that was sent'));
	const path = join(downloads, name);
	while ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < size) await sleep(100);
	return path;
}

/** Sends and saves a file of `large` bytes, and before it small ones. */
export async function measureBrowsers(node: RunningNode, large: number): Promise<Row[]> {
	const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-files-'));
	const profiles = [join(folder, 'sender'), join(folder, 'receiver')] as const;
	const downloads = join(folder, 'downloads');
	mkdirSync(downloads);
	const opened: BareBrowser[] = [];
	try {
		const url = await introduce(node, ...profiles);
		const open = async (profile: string) => {
			const browser = await openBareBrowser(executablePath, { profile, url, downloads, patience });
			opened.push(browser);
			return browser;
		};
		const [sender, receiver] = [await open(profiles[0]), await open(profiles[1])];
		for (const browser of opened) await browser.until(button('Add files'));
		// The browser's own picker cannot be driven: without it the page saves by way of its own file system.
		await receiver.run('delete globalThis.showSaveFilePicker');

		const both = async (name: string, size: number): Promise<{ sent: Measured; saved: Measured }> => {
			const path = join(folder, name);
			await pipeline(Readable.from(seededBytes(name, size, MiB), { objectMode: false }), createWriteStream(path));
			const sent = await measure(sender, () => send(sender, path, name));
			await sender.run("document.querySelector('textarea').focus()");
			await sender.type(`Here is ${name}`);
			await press(sender, 'Send');
			await receiver.until(button(`Save ${name}`));
			let arrived = '';
			const saved = await measure(receiver, async () => {
				arrived = await save(receiver, name, size, downloads);
			});
			if ((await digestOf(arrived)) !== (await digestOf(path))) throw new Error(`${name} came as another file`);
			return { sent, saved };
		};
		// Memory swings with the collection of garbage: one small file is over before it has swung once.
		const small = [await both('small-1.bin', 64 * MiB)];
		for (let round = 2; round <= smallRounds; round++) small.push(await both(`small-${round}.bin`, 64 * MiB));
		const whole = await both('large.bin', large);

		const mebibytes = large / MiB;
		const size = mebibytes % 1024 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
		const added = (what: string, way: 'sent' | 'saved'): Row[] =>
			(['pages', 'all'] as const).map((of) => {
				const before = Math.max(...small.map((one) => one[way][of]));
				const value = Math.max(0, whole[way][of] - before);
				const note = `beside ${smallRounds} times 64 MiB; ${before} MiB then`;
				const name = `browser: memory that ${what} ${size} adds`;
				return of === 'pages'
					? { name, value, unit: 'MiB', target: 64, note }
					: { name: `${name}, all processes`, value, unit: 'MiB', target: null, note };
			});
		const rate = ({ seconds }: Measured) => Math.round(mebibytes / seconds);
		return [
			...added('sending', 'sent'),
			...added('saving', 'saved'),
			{ name: 'browser: sending', value: rate(whole.sent), unit: 'MiB/s', target: null },
			{ name: 'browser: saving', value: rate(whole.saved), unit: 'MiB/s', target: null }
		];
	} finally {
		for (const browser of opened) await browser.close();
		rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
	}
}
