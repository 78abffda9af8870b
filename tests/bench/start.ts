/**
 * `npm run bench:start`: how long a second start takes, what a node at rest weighs in memory, and its packages on the disk.
 *
 * A start is measured from `npm start` to the first page's last byte. Memory is the proportional set size of all the
 * node's processes (without npm, which only waits), Linux alone tells it. Prints a table, or with `--json` one object a
 * line; exits 1 where a target is missed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { toArguments } from '#lib/server/embedded/chain/options.ts';
import { proc, processesBelow } from './processes.ts';
import { median, report, type Row } from './report.ts';

const { values: flags } = parseArgs({
	options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } }
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));

type Start = { milliseconds: number; npm: ChildProcess; stop: () => Promise<void> };

async function start(env: Record<string, string> = {}): Promise<Start> {
	const began = performance.now();
	const npm = spawn('npm', ['start'], {
		cwd: root,
		detached: true,
		env: { ...process.env, LOG_LEVEL: 'warn', PORT: '0', HOLDFAST_DATA: join(folder, 'data'), ...env },
		stdio: ['ignore', 'pipe', 'inherit']
	});
	const exit = once(npm, 'exit');
	for await (const line of createInterface({ input: npm.stdout })) {
		const url = /http:\/\/localhost:\d+/.exec(line)?.[0];
		if (url === undefined) continue;
		const response = await fetch(url);
		await response.text();
		if (!response.ok) throw new Error(`The first page answered ${response.status}`);
		break;
	}
	const milliseconds = performance.now() - began;
	return {
		milliseconds,
		npm,
		async stop() {
			// As Ctrl-C does: the signal goes to the whole group.
			process.kill(-(npm.pid as number), 'SIGINT');
			await exit;
		}
	};
}

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;

/** Memory in megabytes of the processes below npm, by what they run. */
function memoryBelow(npm: number): Map<string, number> {
	const weights = new Map<string, number>();
	for (const pid of processesBelow(npm)) {
		const args = proc(pid, 'cmdline').split('\0');
		const name = args.find((arg) => arg.endsWith('.ts')) ?? args[0] ?? '';
		const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(proc(pid, 'smaps_rollup'))?.[1] ?? 0);
		weights.set(name.replace(/^.*\/(?=[^/]+\/[^/]+$)/, ''), megabytes(kilobytes * 1024));
	}
	return weights;
}

async function measureStarts(): Promise<Row[]> {
	const first = await start();
	await first.stop();
	const times: number[] = [];
	for (let round = 0; round < Number(flags.rounds); round++) {
		const next = await start();
		times.push(next.milliseconds);
		await next.stop();
	}
	const note = `median of ${times.length}: ${times.map((time) => Math.round(time)).join(', ')}`;
	return [{ name: 'second start', value: Math.round(median(times)), unit: 'ms', target: 3000, note }];
}

async function measureMemory(name: string, target: number, env: Record<string, string>): Promise<Row> {
	const node = await start(env);
	await sleep(10_000); // at rest: what a start left over has been collected, the jobs have had their first turn
	const weights = [...memoryBelow(node.npm.pid as number)];
	await node.stop();
	const value = megabytes(weights.reduce((sum, [, weight]) => sum + weight * 1e6, 0));
	return { name, value, unit: 'MB', target, note: weights.map((weight) => weight.join(' ')).join(', ') };
}

/** A development chain that is none of the node's own processes, as a chain elsewhere is. */
async function outsideChain(): Promise<{ chains: string; stop: () => Promise<void> }> {
	const main = join(root, 'src/lib/server/embedded/chain/main.ts');
	const tokens = [{ symbol: 'USDT', decimals: 6, permit: true }];
	const options = { folder: join(folder, 'outside'), chainId: 31337, name: 'Outside', confirmations: 2, tokens };
	const child = spawn(process.execPath, [main, ...toArguments(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
	const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
	const { demo: _demo, ...chain } = JSON.parse(line) as ChainConfig;
	return {
		chains: JSON.stringify([chain]),
		async stop() {
			const exit = once(child, 'exit');
			child.stdin.end();
			await exit;
		}
	};
}

type Package = { dev?: boolean; dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };

/** Bytes of a folder's files on the disk, without the packages that lie in packages. */
function sizeOf(path: string): number {
	return readdirSync(path, { withFileTypes: true }).reduce((total, entry) => {
		if (entry.name === 'node_modules') return total;
		const below = join(path, entry.name);
		return total + (entry.isDirectory() ? sizeOf(below) : lstatSync(below).blocks * 512);
	}, 0);
}

/** Names of the packages that the JavaScript and TypeScript under a path imports. */
function importedUnder(path: string): string[] {
	if (lstatSync(path).isDirectory())
		return readdirSync(path).flatMap((name) => (name === 'client' ? [] : importedUnder(join(path, name))));
	if (!/\.(?:js|ts)$/.test(path) || path.endsWith('.test.ts')) return [];
	const specifiers = readFileSync(path, 'utf8').matchAll(/(?:\bfrom|\bimport\(?)\s*['"]([^'".#][^'"]*)['"]/g);
	return [...specifiers].map(([, name = '']) =>
		name
			.split('/')
			.slice(0, name.startsWith('@') ? 2 : 1)
			.join('/')
	);
}

/** What the packages of this clone weigh, in three circles. */
function measurePackages(): Row[] {
	const lock = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8'));
	const packages = new Map(Object.entries(lock.packages as Record<string, Package>));
	const isNode = (path: string) => /^node_modules\/node-(?:linux|win|darwin)-/.test(path);
	const weigh = (paths: Iterable<string>) =>
		megabytes([...paths].filter((path) => !isNode(path)).reduce((sum, path) => sum + sizeOf(join(root, path)), 0));

	/** Where Node finds a package that one at `from` asks for. */
	function find(from: string, name: string): string | undefined {
		for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
			const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
			if (packages.has(path)) return path;
			if (base === '') return undefined;
		}
	}
	const run = new Set<string>();
	function take(from: string, name: string): void {
		const path = find(from, name);
		if (path === undefined || run.has(path)) return;
		run.add(path);
		const { dependencies, optionalDependencies } = packages.get(path) ?? {};
		for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) take(path, next);
	}
	const entries = ['build', 'src/server.ts', 'src/lib/server', 'src/lib/chain'].map((path) => join(root, path));
	for (const name of ['@foundry-rs/anvil', ...entries.flatMap(importedUnder)]) take('', name);

	const needed = [...packages].filter(([, { dev }]) => !dev).map(([path]) => path);
	return [
		{ name: 'packages of a start', value: weigh(needed), unit: 'MB', target: 450, note: 'without Node' },
		{ name: 'packages of a built node', value: weigh(run), unit: 'MB', target: null, note: 'without Node' },
		{ name: 'all packages', value: weigh(packages.keys()), unit: 'MB', target: null, note: 'without Node' }
	];
}

const rows = measurePackages();
try {
	rows.push(...(await measureStarts()));
	if (process.platform === 'linux') {
		rows.push(await measureMemory('memory at rest, development chain included', 450, {}));
		const outside = await outsideChain();
		rows.push(await measureMemory('memory at rest, chain elsewhere', 250, { CHAINS: outside.chains }));
		await outside.stop();
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
report(rows, flags.json);
