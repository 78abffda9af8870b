// A whole node as its own processes: how it starts, what it says when it cannot, that nothing outlives it, and that the
// next start finds everything as it was.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPublicClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { formatSiwe } from '#lib/domain/siwe.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';

/** Numbers of the processes that run on a data folder, by their command lines: those that the node started. */
async function processesOn(dataDir: string): Promise<number[]> {
	const found: number[] = [];
	for (const name of await readdir('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
		if (command.includes(dataDir)) found.push(Number(name));
	}
	return found;
}

async function noneLeft(dataDir: string): Promise<void> {
	while ((await processesOn(dataDir)).length > 0) await sleep(20);
}

/** Runs the node where it cannot start, and gives what it says. */
async function refused(env: Record<string, string>): Promise<{ code: number; said: string }> {
	const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-node-'));
	const child = spawn(process.execPath, ['src/server.ts'], {
		env: { ...process.env, NODE_ENV: 'test', PORT: '0', HOLDFAST_DATA: dataDir, ...env }
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
	const [code] = (await once(child, 'close')) as [number];
	await noneLeft(dataDir);
	await rm(dataDir, { recursive: true, force: true });
	return { code, said };
}

type Headers = Record<string, string>;

function post(url: string, body: object, headers: Headers): Promise<Response> {
	return fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body)
	});
}

/** Signs the demo buyer in and gives the cookie. `site`: the address as a person sees it. */
async function signIn(node: RunningNode, site = node.url, headers: Headers = {}): Promise<string> {
	const [buyer] = demoActors;
	if (!buyer) throw new Error('There is no demo buyer');
	const common = { origin: site, ...headers };
	const nonce = await post(`${node.url}/auth/nonce`, {}, common);
	expect(nonce.status).toBe(200);
	const { host, protocol } = new URL(site);
	const message = formatSiwe({
		...((await nonce.json()) as { nonce: string; issuedAt: string; expirationTime: string }),
		domain: host,
		scheme: protocol.slice(0, -1),
		uri: site,
		address: buyer.address,
		chainId: 31337,
		version: '1'
	});
	const signature = await privateKeyToAccount(buyer.privateKey).signMessage({ message });
	const verified = await post(`${node.url}/auth/verify`, { message, signature }, common);
	expect(verified.status).toBe(200);
	const cookie = verified.headers.getSetCookie()[0]?.split(';')[0];
	if (cookie === undefined) throw new Error('Nobody was signed in');
	return cookie;
}

async function sessions(node: RunningNode, cookie: string): Promise<number> {
	const response = await fetch(`${node.url}/auth/sessions`, { headers: { cookie } });
	if (response.status !== 200) return 0;
	return ((await response.json()) as { sessions: unknown[] }).sessions.length;
}

function chainOf(node: RunningNode) {
	return createPublicClient({ transport: http(`${node.url}/rpc/31337`), cacheTime: 0 });
}

describe('a node that nobody configured', () => {
	let node: RunningNode;
	beforeAll(async () => {
		node = await startNode();
	});
	afterAll(() => node.remove());

	test('prints one address, and serves there', async () => {
		expect(node.output().match(/https?:\/\/[^\s]+/g)).toEqual([node.url]);
		for (const host of ['localhost', '127.0.0.1']) {
			const response = await fetch(`http://${host}:${node.port}/`);
			expect(response.status).toBe(200);
			expect(response.headers.get('content-type')).toMatch(/^text\/html/);
		}
		const health = await fetch(`${node.url}/api/v1/system/health`);
		expect(health.status).toBe(200);
	});

	test('signs people in under the names it is called by', async () => {
		for (const host of ['localhost', '127.0.0.1']) {
			const site = `http://${host}:${node.port}`;
			const cookie = await signIn({ ...node, url: site });
			expect(cookie).toMatch(/^session=/);
			expect(await sessions(node, cookie)).toBeGreaterThan(0);
		}
	});

	test('believes no headers of a proxy that it was not told of', async () => {
		const claims = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'market.example' };
		const answer = await post(`${node.url}/auth/nonce`, {}, { origin: 'https://market.example', ...claims });
		expect(answer.status).toBe(403);
	});

	test('refuses what another site causes', async () => {
		expect((await post(`${node.url}/auth/nonce`, {}, { origin: 'https://elsewhere.example' })).status).toBe(403);
	});

	test('a second node cannot take its port or its data', async () => {
		const busy = await refused({ PORT: String(node.port) });
		expect(busy).toEqual({
			code: 1,
			said: `Port ${node.port} is in use: stop what uses it, or set PORT to another one.\n`
		});
		const taken = spawn(process.execPath, ['src/server.ts'], {
			env: { ...process.env, NODE_ENV: 'test', PORT: '0', HOLDFAST_DATA: node.dataDir },
			stdio: ['ignore', 'ignore', 'pipe']
		});
		let said = '';
		taken.stderr.on('data', (chunk: Buffer) => (said += chunk));
		const [code] = (await once(taken, 'close')) as [number];
		expect(code).toBe(1);
		expect(said.trimEnd().split('\n')).toHaveLength(1);
		expect((await fetch(`${node.url}/api/v1/system/health`)).status).toBe(200);
	});
});

test('behind an https proxy that it was told of, a node is where the proxy says', async () => {
	const node = await startNode({ env: { TRUST_PROXY: 'loopback' } });
	try {
		const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'market.example' };
		const cookie = await signIn(node, 'https://market.example', forwarded);
		expect(cookie).toMatch(/^__Host-session=/);
	} finally {
		await node.remove();
	}
});

describe('what a node leaves', () => {
	const nodes: RunningNode[] = [];
	const folders = new Set<string>();
	afterEach(async () => {
		for (const node of nodes.splice(0)) await node.stop();
		for (const folder of folders) await rm(folder, { recursive: true, force: true });
		folders.clear();
	});
	async function start(dataDir?: string): Promise<RunningNode> {
		const node = await startNode({ dataDir });
		nodes.push(node);
		folders.add(node.dataDir);
		return node;
	}

	test.each([
		['Ctrl-C', async (node: RunningNode) => expect(await node.stop()).toBe(0)],
		['kill -9', async (node: RunningNode) => node.kill()]
	])('after %s nothing runs, and the next start finds everything', async (_, end) => {
		const first = await start();
		const cookie = await signIn(first);
		const head = await chainOf(first).getBlock();
		expect(await processesOn(first.dataDir)).not.toHaveLength(0);
		await end(first);
		await noneLeft(first.dataDir);

		const second = await start(first.dataDir);
		expect(await chainOf(second).getBlock({ blockHash: head.hash })).toMatchObject({ number: head.number });
		expect(await sessions(second, cookie)).toBe(1);
	});

	test('a new node begins with listings of the demo seller, once', async () => {
		const demo = { env: { DEMO_MARKET: 'on' } };
		const listed = async (node: RunningNode) => {
			const { items } = (await (await fetch(`${node.url}/api/v1/products?limit=50`)).json()) as { items: object[] };
			return items.length;
		};
		const first = await startNode(demo);
		nodes.push(first);
		folders.add(first.dataDir);
		while (!(await readdir(first.dataDir)).includes('market-seeded')) await sleep(50);
		const count = await listed(first);
		expect(count).toBeGreaterThan(5);
		await first.stop();

		// As after a run that was interrupted before its end was noted.
		await rm(join(first.dataDir, 'market-seeded'));
		const second = await startNode({ ...demo, dataDir: first.dataDir });
		nodes.push(second);
		while (!(await readdir(first.dataDir)).includes('market-seeded')) await sleep(50);
		expect(await listed(second)).toBe(count);
	});

	test.each(['chain/main.ts', 'mongo/main.ts'])('without %s it ends, says so, and starts again', async (script) => {
		const first = await start();
		const cookie = await signIn(first);
		const exit = once(first.process, 'exit');
		for (const pid of await processesOn(first.dataDir)) {
			const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
			if (command.includes(script)) process.kill(pid, 'SIGKILL');
		}
		expect(await exit).toEqual([1, null]);
		expect(first.output()).toMatch(/ has ended: start the node again/);

		const second = await start(first.dataDir);
		expect(await sessions(second, cookie)).toBe(1);
	});
});

describe('a node that cannot start says why in one sentence', () => {
	test.each<[string, Record<string, string>, RegExp]>([
		[
			'malformed variables',
			{ PORT: 'http', DEV_CHAINS: '9' },
			/^The configuration cannot be used: PORT .*; DEV_CHAINS .*\.$/
		],
		['production without chains', { NODE_ENV: 'production' }, /^The configuration cannot be used: CHAINS is missing/],
		['an address of another machine', { HOST: '192.0.2.1' }, /^HOST is no address of this machine/],
		[
			'a data folder that is a file',
			{ HOLDFAST_DATA: 'package.json' },
			/package\.json.* cannot be written to: .* HOLDFAST_DATA/
		]
	])('%s', async (_, env, sentence) => {
		const { code, said } = await refused(env);
		expect(code).toBe(1);
		expect(said).toMatch(/^[^\n]+\n$/);
		expect(said.trim()).toMatch(sentence);
	});

	test('a port that something else has', async () => {
		const other = createServer().listen(0, '127.0.0.1');
		await once(other, 'listening');
		const { port } = other.address() as AddressInfo;
		expect((await refused({ PORT: String(port) })).said).toBe(
			`Port ${port} is in use: stop what uses it, or set PORT to another one.\n`
		);
		other.close();
	});
});
