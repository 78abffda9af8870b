/**
 * `npm run bench:live`: from the start of a write to its being applied in the browser-side client, and what a change
 * costs the process that serves the sockets.
 *
 * Database, server, writer and clients are processes of their own. Beside Holdfast the same load runs on two peers: a
 * change stream for each subscription, and socket.io's MongoDB adapter with a broadcast to a room (installed into a
 * cache on first use). Prints a table, or with `--json` one object a line; exits 1 where a target is missed.
 * `MONGODB_URL` measures on that server instead of the embedded database.
 */
import { fork, execFileSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient, type Collection } from 'mongodb';
import { Server, type Server as IoServer } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { LiveConnection } from '#lib/client/live-connection.ts';
import { readConfig } from '#lib/server/config.ts';
import { openContext } from '#lib/server/context.ts';
import { startMongoServer } from '#lib/server/embedded/mongo/server.ts';
import { startRealtime } from '#lib/server/realtime/start.ts';
import { aChain } from '#tests/support/config.ts';
import { report, type Row } from './report.ts';

const { values: flags } = parseArgs({
	options: {
		json: { type: 'boolean', default: false },
		writes: { type: 'string', default: '200' },
		rounds: { type: 'string', default: '3' },
		/** A share of the clients, for a quick look: 0.1 connects 500 where it says 5,000. */
		scale: { type: 'string', default: '1' },
		role: { type: 'string' },
		kind: { type: 'string', default: 'holdfast' },
		url: { type: 'string', default: '' }
	}
});

type Kind = 'holdfast' | 'adapter' | 'stream';
type Thing = { _id: string; rev: number; title: string };
/** What the measuring process asks of the others, and what they answer. */
type Ask = { run: { writes: number; pause: number } } | { stats: true } | { cut: true } | { stop: true };
type Answer = { url: string } | { last: number } | { cpu: number; rss: number } | { cut: true };

const hot = 'f'.repeat(32);
const idOf = (client: number) => client.toString(16).padStart(32, '0');
/** The monotonic clock, which all processes of a machine share; ms. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

// ---- the parts that run in processes of their own

const answer = (message: Answer) => process.send?.(message);

function onAsk(handle: (ask: Ask) => void | Promise<void>): void {
	process.on('message', (ask: Ask) => void handle(ask));
	process.on('disconnect', () => process.exit(0));
}

async function beDatabase(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-live-'));
	const server = await startMongoServer({ file: join(folder, 'data.sqlite') });
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
	onAsk(async () => {
		await server.close();
		process.exit(0);
	});
	answer({ url: server.url });
}

async function things(url: string, maxPoolSize = 100): Promise<Collection<Thing>> {
	const client = await MongoClient.connect(url, { maxPoolSize, writeConcern: { w: 'majority' } });
	return client.db().collection<Thing>('products');
}

/** Writes one document again and again; the moment of each write travels in it. */
async function write(products: Collection<Thing>, { writes, pause }: { writes: number; pause: number }, io?: IoServer) {
	let title = '';
	for (let index = 0; index < writes; index++) {
		title = String(now());
		await products.updateOne({ _id: hot }, { $set: { title }, $inc: { rev: 1 } });
		if (io !== undefined) {
			const document = await products.findOne({ _id: hot });
			io.to(hot).emit('change', document);
		}
		await sleep(pause);
	}
	answer({ last: Number(title) });
}

/** The adapter for socket.io that the peer uses, from a cache of its own: Holdfast itself does not need it. */
function mongoAdapter(): (collection: Collection) => never {
	const cache = join(fileURLToPath(new URL('../..', import.meta.url)), 'node_modules', '.cache', 'bench-live');
	if (!existsSync(join(cache, 'node_modules'))) {
		mkdirSync(cache, { recursive: true });
		writeFileSync(join(cache, 'package.json'), '{ "private": true }');
		const wanted = ['install', '--no-audit', '--no-fund', '@socket.io/mongo-adapter@0.4.0', 'mongodb@7.8.0'];
		execFileSync('npm', wanted, { cwd: cache, stdio: 'ignore' });
	}
	return createRequire(join(cache, 'package.json'))('@socket.io/mongo-adapter').createAdapter;
}

async function withAdapter(server: IoServer, url: string): Promise<IoServer> {
	const client = await MongoClient.connect(url);
	const events = client.db().collection('adapterEvents');
	await events.createIndex({ createdAt: 1 }, { expireAfterSeconds: 3_600 });
	const options = { addCreatedAtField: true };
	return server.adapter((mongoAdapter() as unknown as (c: Collection, o: object) => never)(events, options));
}

async function beWriter(kind: Kind, url: string): Promise<void> {
	const products = await things(url);
	const emitter = kind === 'adapter' ? await withAdapter(new Server(), url) : undefined;
	onAsk(async (ask) => {
		if ('run' in ask) await write(products, ask.run, emitter);
	});
	answer({ url });
}

async function beServer(kind: Kind, url: string): Promise<void> {
	const server = createServer();
	const sockets = new Set<NetSocket>();
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
	const products = await things(url, kind === 'stream' ? 10_000 : 100);
	let emitter: IoServer | undefined;
	if (kind === 'holdfast') {
		const chains = JSON.stringify([aChain(31_337, [{ symbol: 'TUSD', decimals: 6 }])]);
		const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-live-'));
		process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
		const env = {
			...{ MONGODB_URL: url, CHAINS: chains, HOLDFAST_DATA: dataDir },
			...{ LOG_LEVEL: 'warn', LIVE_SOCKETS_PER_ADDRESS: '100000' }
		};
		await startRealtime(await openContext(readConfig(env)), server);
	} else {
		emitter = new Server(server, { transports: ['websocket'], serveClient: false });
		if (kind === 'adapter') await withAdapter(emitter, url);
		emitter.on('connection', (socket) => {
			socket.on('subscribe', async ({ id }: { id: string }, reply: (document: unknown) => void) => {
				if (kind === 'adapter') await socket.join(id);
				else {
					const stream = products.watch([{ $match: { 'documentKey._id': id } }], { fullDocument: 'updateLookup' });
					stream.on('change', (change) => socket.emit('change', 'fullDocument' in change && change.fullDocument));
					stream.on('error', () => undefined);
					socket.on('disconnect', () => void stream.close());
				}
				reply(await products.findOne({ _id: id }));
			});
		});
	}
	onAsk(async (ask) => {
		if ('run' in ask) await write(products, ask.run, kind === 'adapter' ? emitter : undefined);
		if ('stats' in ask) {
			const { user, system } = process.cpuUsage();
			answer({ cpu: (user + system) / 1_000, rss: process.memoryUsage().rss });
		}
		if ('cut' in ask) {
			for (const socket of sockets) socket.destroy();
			answer({ cut: true });
		}
	});
	answer({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

// ---- the measuring process, which also holds the clients

type Part = { url: string; ask: (ask: Ask) => Promise<Answer>; stop: () => Promise<void> };
type Client = { heard: number[]; last: () => number; isLive: () => boolean; close: () => void };

async function start(role: string, kind: Kind, url = ''): Promise<Part> {
	const args = ['--role', role, '--kind', kind, '--url', url];
	const child: ChildProcess = fork(fileURLToPath(import.meta.url), args, {
		stdio: ['ignore', 'inherit', 'inherit', 'ipc']
	});
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const next = () =>
		new Promise<Answer>((resolve, reject) => {
			child.once('message', (message) => resolve(message as Answer));
			child.once('exit', (code) => reject(new Error(`The ${role} of ${kind} ended with ${code}`)));
		});
	const first = (await next()) as { url: string };
	return {
		url: first.url,
		ask: (ask) => {
			const answered = next();
			child.send(ask);
			return answered;
		},
		stop: async () => {
			child.disconnect();
			if (role === 'database') child.kill('SIGTERM');
			await exited;
		}
	};
}

function openSocket(url: string): Socket {
	return io(url, { transports: ['websocket'], autoConnect: false, forceNew: true, extraHeaders: { origin: url } });
}

/** A client that watches one document; resolves when it has it. */
function openClient(kind: Kind, url: string, id: string): Promise<Client> {
	const heard: number[] = [];
	let written = 0;
	const last = () => written;
	return new Promise((resolve) => {
		if (kind === 'holdfast') {
			const live = new LiveConnection({ open: async () => openSocket(url), reachable: async () => true });
			let status = 'loading';
			const client = { heard, last, isLive: () => status === 'live', close: () => live.close() };
			live.watch({ name: 'product', params: { id } }, (state) => {
				written = Number(([...(state.rows?.values() ?? [])][0] as Thing | undefined)?.title);
				if (status === 'live' && state.status === 'live') heard.push(now() - written);
				status = state.status;
				if (status === 'live') resolve(client);
			});
			return;
		}
		const socket = openSocket(url);
		let subscribed = false;
		socket.on('change', (document: Thing) => {
			written = Number(document.title);
			heard.push(now() - written);
		});
		socket.on('connect', async () => {
			subscribed = false;
			await socket.emitWithAck('subscribe', { id });
			subscribed = true;
			resolve({ heard, last, isLive: () => subscribed && socket.connected, close: () => socket.disconnect() });
		});
		socket.on('disconnect', () => (subscribed = false));
		socket.connect();
	});
}

/** Opens clients, at most 50 at once; the first `interested` watch the document that is written. */
async function openClients(kind: Kind, url: string, connected: number, interested: number): Promise<Client[]> {
	const clients: Client[] = [];
	let next = 0;
	const opener = async () => {
		while (next < connected) {
			const index = next++;
			clients[index] = await openClient(kind, url, index < interested ? hot : idOf(index));
		}
	};
	await Promise.all(Array.from({ length: 50 }, opener));
	return clients;
}

function percentile(sorted: readonly number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const rounded = (value: number) => Math.round(value * 100) / 100;

type Measured = { p50: number; p99: number; cpu: number; behind: number };

/** The best of some rounds: what else the machine does only ever adds. */
async function measure(clients: readonly Client[], interested: number, server: Part, writer: Part): Promise<Measured> {
	// What runs for the first time is slower, and is nobody's usual case.
	await writer.ask({ run: { writes: 20, pause: 5 } });
	await sleep(500);
	const rounds: Measured[] = [];
	for (let round = 0; round < Number(flags.rounds); round++)
		rounds.push(await measureRound(clients.slice(0, interested), server, writer));
	const [best] = rounds.toSorted((a, b) => a.p50 - b.p50);
	if (best === undefined) throw new RangeError('At least one round must run');
	return { ...best, behind: Math.max(...rounds.map(({ behind }) => behind)) };
}

async function measureRound(interested: readonly Client[], server: Part, writer: Part): Promise<Measured> {
	const writes = Number(flags.writes);
	for (const client of interested) client.heard.length = 0;
	const before = (await server.ask({ stats: true })) as { cpu: number };
	const { last } = (await writer.ask({ run: { writes, pause: 10 } })) as { last: number };
	const late = now() + 10_000;
	const isBehind = (client: Client) => client.last() !== last;
	while (interested.some(isBehind) && now() < late) await sleep(10);
	const after = (await server.ask({ stats: true })) as { cpu: number };
	const sorted = interested.flatMap(({ heard }) => heard).toSorted((a, b) => a - b);
	return {
		p50: rounded(percentile(sorted, 0.5)),
		p99: rounded(percentile(sorted, 0.99)),
		cpu: rounded((after.cpu - before.cpu) / writes),
		behind: interested.filter(isBehind).length
	};
}

type Case = { connected: number; interested: number };

async function prepare(url: string, connected: number): Promise<void> {
	const client = await MongoClient.connect(url);
	await client.db().dropDatabase();
	await client.db().createCollection('products', { changeStreamPreAndPostImages: { enabled: true } });
	const ids = [hot, ...Array.from({ length: connected }, (_, index) => idOf(index))];
	const filler = {
		description: 'An old lamp. '.repeat(40),
		summary: 'A lamp',
		kind: 'physical',
		tags: ['lamp'],
		images: [],
		prices: []
	};
	await client
		.db()
		.collection<Thing>('products')
		.insertMany(
			ids.map((_id) => ({
				_id,
				slug: _id,
				seller: '0x',
				rev: 1,
				title: '0',
				status: 'listed',
				visibility: 'public',
				...filler
			}))
		);
	await client.close();
}

const rows: Row[] = [];

/** Runs one case on one kind of server. */
async function run(kind: Kind, database: string, { connected, interested }: Case) {
	await prepare(database, connected);
	const server = await start('server', kind, database);
	const writer = await start('writer', kind, database);
	const idle = (await server.ask({ stats: true })) as { rss: number };
	const clients = await openClients(kind, server.url, connected, interested);
	const full = (await server.ask({ stats: true })) as { rss: number };
	const apart = await measure(clients, interested, server, writer);
	const together =
		connected === 1_000 && interested < connected ? await measure(clients, interested, server, server) : null;
	let reconnect = null;
	if (kind === 'holdfast' && connected >= 1_000 && interested < connected) {
		const cutAt = now();
		await server.ask({ cut: true });
		while (clients.some((client) => client.isLive()) && now() - cutAt < 200) await sleep(1);
		while (!clients.every((client) => client.isLive())) await sleep(5);
		reconnect = Math.round(now() - cutAt);
	}
	for (const client of clients) client.close();
	await Promise.all([server.stop(), writer.stop()]);
	return { apart, together, reconnect, memory: (full.rss - idle.rss) / connected / 1_024 };
}

async function main(): Promise<void> {
	const scale = Number(flags.scale);
	const of = (connected: number, interested = Math.min(10, connected)): Case => {
		const scaled = Math.max(1, Math.round(connected * scale));
		return { connected: scaled, interested: Math.min(interested === connected ? scaled : interested, scaled) };
	};
	const cases = [of(1), of(100), of(1_000), of(5_000), of(1_000, 1_000)];
	const database = process.env.MONGODB_URL ? null : await start('database', 'holdfast');
	const url = database?.url ?? (process.env.MONGODB_URL as string);
	const medians = new Map<string, number>();
	try {
		for (const each of cases) {
			const label = `${each.connected} connected, ${each.interested} interested`;
			const adapter = await run('adapter', url, each);
			// One connection to the database for each subscription: past some thousands no server takes them.
			const stream = each.connected > 1_000 * scale ? null : await run('stream', url, each);
			const ours = await run('holdfast', url, each);
			medians.set(label, ours.apart.p50);

			const strict = each.connected === Math.round(1_000 * scale) && each.interested <= 10;
			const ahead = (name: 'p50' | 'p99' | 'cpu', most: number) =>
				Math.min(most, adapter.apart[name], stream?.apart[name] ?? Infinity);
			const peers = (name: 'p50' | 'p99' | 'cpu') =>
				`adapter ${adapter.apart[name]}, a stream each ${stream === null ? 'not run' : stream.apart[name]}`;
			const add = (name: string, value: number, unit: string, target: number | null, note: string) =>
				rows.push({ name: `${label}: ${name}`, value, unit, target, note });
			add('write → applied, p50', ours.apart.p50, 'ms', ahead('p50', strict ? 5 : Infinity), peers('p50'));
			add('write → applied, p99', ours.apart.p99, 'ms', ahead('p99', strict ? 20 : Infinity), peers('p99'));
			add('CPU of the server a change', ours.apart.cpu, 'ms', null, peers('cpu'));
			add('clients without the last state', ours.apart.behind, 'clients', 0, '');
			add('memory a client', rounded(ours.memory), 'KB', null, `adapter ${rounded(adapter.memory)}`);
			if (ours.together !== null && adapter.together !== null)
				add(
					'p50, writer in the server',
					ours.together.p50,
					'ms',
					adapter.together.p50 + 2,
					`adapter ${adapter.together.p50}`
				);
			if (ours.reconnect !== null)
				add('all live again after a cut', ours.reconnect, 'ms', null, 'pauses of the clients included');
		}
		const [one, , , many] = [...medians.values()];
		if (one !== undefined && many !== undefined) {
			const name = `p50 of ${cases[3]?.connected} connected over p50 of ${cases[0]?.connected}`;
			rows.push({ name, value: rounded(many / one), unit: '×', target: 1.3 });
		}
	} finally {
		await database?.stop();
	}
	report(rows, flags.json);
}

const kind = flags.kind as Kind;
if (flags.role === 'database') await beDatabase();
else if (flags.role === 'writer') await beWriter(kind, flags.url);
else if (flags.role === 'server') await beServer(kind, flags.url);
else {
	await main();
	process.exit();
}
