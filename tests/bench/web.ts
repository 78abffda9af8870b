/**
 * `npm run bench:web`: the market with 10,000 listings, and what the public pages cost a phone.
 *
 * A whole node on its embedded database, as `npm start` runs it; listings are written through the models while it runs.
 * Searches go over HTTP, each another one. The market's page is asked for at a fixed rate whatever it answers, so that a
 * slow answer delays nobody's clock, and compressed, as browsers ask for it; beside it, at a lower rate, by visitors of
 * whom each gets a page that is made anew. Scripts are what Chromium was sent before it
 * was idle; the phone is Lighthouse's.
 * Prints a table, or with `--json` one object a line; exits 1 where a target is missed.
 */
import { Agent, request } from 'node:http';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '#lib/server/config.ts';
import { closeContext, openContext } from '#lib/server/context.ts';
import { readLaunched } from '#lib/server/launched.ts';
import build from '#tests/e2e/global-setup.ts';
import { repeatable, storeListings } from '#tests/support/many-listings.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { report, type Row } from './report.ts';
import { measurePhone } from './web-phone.ts';
import { measureScripts } from './web-scripts.ts';

const { values: flags } = parseArgs({
	options: {
		json: { type: 'boolean', default: false },
		listings: { type: 'string', default: '10000' },
		/** Seconds of the open loop. */
		seconds: { type: 'string', default: '20' },
		/** Which parts run: `server`, `scripts`, `phone`. */
		only: { type: 'string', multiple: true, default: ['server', 'scripts', 'phone'] }
	}
});

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

type Headers = Record<string, string>;

/** Asks for a path and reads the whole answer. @returns its status */
function get(port: number, path: string, headers: Headers = {}): Promise<{ status: number; etag: string }> {
	return new Promise((resolve, reject) => {
		const asked = request({ host: '127.0.0.1', port, path, agent, headers }, (answer) => {
			answer.resume();
			answer.once('end', () => resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag ?? '' }));
			answer.once('error', reject);
		});
		// The node ends a connection that was idle; one that it ends in this moment is no answer, and is asked again.
		asked.on('error', (error) => (asked.reusedSocket ? resolve(get(port, path, headers)) : reject(error)));
		asked.end();
	});
}

function percentile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
const rounded = (value: number) => Math.round(value * 10) / 10;

/** Writes the listings beside the running node, and waits until its market has them all. */
async function fill(node: RunningNode, count: number): Promise<string> {
	const launched = await readLaunched(node.dataDir);
	const config = readConfig({ ...process.env, ...launched, HOLDFAST_DATA: node.dataDir, LOG_LEVEL: 'silent' });
	const context = await openContext(config);
	const [first = ''] = await storeListings(context, count);
	await closeContext(context);
	for (;;) {
		const answer = await fetch(`${node.url}/api/v1/products?limit=1`);
		const { total } = (await answer.json()) as { total: number };
		if (total >= count) return first;
		await sleep(100);
	}
}

const words = [
	'lamp',
	'keyboard',
	'brass',
	'vintage mug',
	'leica',
	'watch',
	'茶壶',
	'poetry',
	'icon',
	'review',
	'wool',
	'tent'
];
const slips = [
	'kyeboard',
	'headfones',
	'blnaket',
	'typefase',
	'restred lamp',
	'synthesiser',
	'candelstick',
	'porttrait'
];
const beginnings = ['ke', 'mecha', 'han', 'stonew', 'co', 'bra la', 're', 'v', 'pot', 'ort'];
const narrowings: Record<string, string>[] = [
	{},
	{ category: 'home' },
	{ kind: 'physical', inStock: 'true' },
	{ chainId: '31337', priceMax: '100' },
	{ token: 'DAI', priceMin: '20.5', sort: 'price-low' },
	{ sort: 'price-high', category: 'electronics' },
	{ sort: 'rating', inStock: 'true' }
];

/** Searches of every sort, none of which was asked before. */
function searches(count: number): string[] {
	const next = repeatable(3);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
	return Array.from({ length: count }, (_, index) => {
		const text = pick([words, slips, beginnings, ['']]);
		const limit = String(1 + (index % 100));
		const params = new URLSearchParams({ text: pick(text), ...pick(narrowings), limit });
		// The number is in a title, so that the search is another one and still finds something, or not.
		if (index % 3 === 0) params.set('text', `${params.get('text')} ${index}`.trim());
		return `/api/v1/products?${params}`;
	});
}

async function measureSearch(port: number): Promise<Row> {
	const times: number[] = [];
	const paths = searches(1_100);
	for (const [index, path] of paths.entries()) {
		const began = performance.now();
		const { status } = await get(port, path);
		if (status !== 200) throw new Error(`${path} answered ${status}`);
		if (index >= 100) times.push(performance.now() - began);
	}
	const note = `p50 ${rounded(percentile(times, 0.5))} ms of ${times.length}, over HTTP`;
	return { name: 'search p99', value: rounded(percentile(times, 0.99)), unit: 'ms', target: 50, note };
}

/** Addresses as people open them: half the front of the market, the rest words, filters and further pages. */
async function pagesOf(port: number): Promise<string[]> {
	const answer = await fetch(`http://127.0.0.1:${port}/api/v1/products`);
	const { next } = (await answer.json()) as { next: string };
	const further = `/market?cursor=${next}`;
	const asked = [...words, ...slips, ...beginnings].map((text) => `/market?q=${encodeURIComponent(text)}`);
	const filtered = ['category=home', 'kind=digital', 'min=20&max=100', 'stock=1&sort=price-low'].map(
		(q) => `/market?${q}`
	);
	return [...asked.flatMap((path) => ['/market', path]), ...filtered, further];
}

/** Asks at a fixed rate; a request's time runs from when it was due. */
async function openLoop(
	port: number,
	paths: readonly string[],
	{ rate, seconds, headers = () => ({}) }: { rate: number; seconds: number; headers?: (index: number) => Headers }
): Promise<number[]> {
	const began = performance.now();
	const waits: Promise<number>[] = [];
	for (let index = 0; index < rate * seconds; index++) {
		const due = began + (index * 1000) / rate;
		const early = due - performance.now();
		if (early > 1) await sleep(early);
		const path = paths[index % paths.length] as string;
		waits.push(
			get(port, path, { accept: 'text/html', 'accept-encoding': 'gzip, br', ...headers(index) }).then(({ status }) => {
				if (status !== 200) throw new Error(`${path} answered ${status}`);
				return performance.now() - due;
			})
		);
	}
	return Promise.all(waits);
}

async function measurePages(port: number): Promise<Row[]> {
	const paths = await pagesOf(port);
	await openLoop(port, paths, { rate: 100, seconds: 5 });
	const times = await openLoop(port, paths, { rate: 200, seconds: Number(flags.seconds) });
	// A cookie that nobody else has makes each of these a page that is not kept yet.
	const strangers = (index: number) => ({ cookie: `visitor=${index}` });
	const anew = await openLoop(port, paths, { rate: 50, seconds: Number(flags.seconds) / 2, headers: strangers });
	const note = `open loop, 200 a second, ${times.length} pages`;
	const [p50, p99] = [0.5, 0.99].map((share) => rounded(percentile(anew, share)));
	return [
		{ name: 'market page p50', value: rounded(percentile(times, 0.5)), unit: 'ms', target: 15, note },
		{ name: 'market page p99', value: rounded(percentile(times, 0.99)), unit: 'ms', target: 60, note },
		{
			name: 'market page made anew p99',
			value: p99 ?? Number.NaN,
			unit: 'ms',
			target: null,
			note: `50 a second, p50 ${p50} ms`
		}
	];
}

/** As many as are answered in three seconds, 32 at once, by a client that has the answer already. */
async function measureUnchanged(port: number): Promise<Row> {
	const path = '/api/v1/products?category=home';
	const { etag } = await get(port, path);
	const run = async (milliseconds: number): Promise<number> => {
		const end = performance.now() + milliseconds;
		let answered = 0;
		await Promise.all(
			Array.from({ length: 32 }, async () => {
				while (performance.now() < end) {
					const { status } = await get(port, path, { 'if-none-match': etag });
					if (status !== 304) throw new Error(`A conditional request was answered with ${status}`);
					answered++;
				}
			})
		);
		return answered / (milliseconds / 1000);
	};
	await run(1_000);
	const rate = Math.max(await run(3_000), await run(3_000));
	const note = `${Math.round(rate)} a second`;
	return { name: 'conditional request, 304', value: rounded(1000 / rate), unit: 'ms', target: 0.5, note };
}

build();
const rows: Row[] = [];
const node = await startNode({ env: { NODE_ENV: 'development', DEV_CHAINS: '2' } });
try {
	const first = await fill(node, Number(flags.listings));
	const pages = ['/', '/market', `/product/${first}`];
	if (flags.only.includes('server'))
		rows.push(await measureSearch(node.port), ...(await measurePages(node.port)), await measureUnchanged(node.port));
	if (flags.only.includes('scripts')) rows.push(...(await measureScripts(node.url, pages)));
	if (flags.only.includes('phone')) rows.push(...(await measurePhone(node.url, pages)));
} finally {
	agent.destroy();
	await node.stop();
	rmSync(node.dataDir, { recursive: true, force: true });
}
report(rows, flags.json);
