// A process without pages, as jobs/worker.ts starts one: Agenda runs its jobs, the indexer follows, and it stops in order.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createServer } from 'node:http';
import { orderKey } from '#lib/domain/order.ts';
import { boot, type Running } from '#lib/server/boot.ts';
import { readConfig, type Config } from '#lib/server/config.ts';
import { searchMarket } from '#lib/server/services/market.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { demoAccount } from '#tests/support/config.ts';
import { aListedProduct, storeTokenEvents } from '#tests/support/market.ts';
import { testDatabase, type TestDatabase } from '#tests/support/mongo.ts';

let chains: TestChain[];
let database: TestDatabase;
let running: Running[];

beforeAll(async () => {
	chains = [await testChain({ chainId: 31337 }), await testChain({ chainId: 31338, decimals: 18 })];
});
afterAll(() => Promise.all(chains.map((chain) => chain.stop())));
beforeEach(async () => {
	database = await testDatabase();
	running = [];
});
afterEach(async () => {
	await Promise.all(running.map(({ stop }) => stop()));
	await database.close();
});

function config(roles = 'indexer,jobs'): Config {
	// Without WebSockets, so that only the jobs and their followers can see a block.
	const polled = chains.map(({ config: { wsUrl: _wsUrl, ...rest } }) => rest);
	const env = { MONGODB_URL: database.url, CHAINS: JSON.stringify(polled), ROLES: roles };
	return readConfig({ ...env, HOLDFAST_DATA: database.dataDir, NODE_ENV: 'test', LOG_LEVEL: 'silent' });
}

async function start(): Promise<Running> {
	const started = await boot(config());
	running.push(started);
	return started;
}

test('one job a chain follows it, and another process takes over when it stops', async () => {
	const [first, second] = chains as [TestChain, TestChain];
	const one = await start();
	const orders = [
		orderKey(first.config.chainId, await first.create()),
		orderKey(second.config.chainId, await second.create())
	];
	const { models, db } = one.context;
	await vi.waitUntil(async () => (await models.orders.countDocuments({ _id: { $in: orders } })) === 2, {
		timeout: 20_000,
		interval: 50
	});
	const jobs = await db.collection('jobs').find().toArray();
	const names = jobs.map(({ name }) => name as string).filter((name) => name.startsWith('chain-poll:'));
	expect(names.sort()).toEqual(['chain-poll:31337', 'chain-poll:31338']);

	const two = await start();
	await running.shift()?.stop();
	const later = orderKey(first.config.chainId, await first.create());
	await vi.waitUntil(async () => (await two.context.models.orders.exists({ _id: later })) !== null, {
		timeout: 20_000,
		interval: 50
	});
	// One document a job: two chains, this machine's folder to send files from and to clean, and what is told.
	const all = await two.context.db.collection('jobs').find().toArray();
	expect(all.map(({ name }) => (name as string).split(':')[0]).sort()).toEqual([
		'chain-poll',
		'chain-poll',
		'duties-tell',
		'files-clean',
		'files-forward',
		'listed-tell',
		'notices-deliver'
	]);
}, 60_000);

test('a process with pages and without sockets keeps its market in memory, and is told of changes', async () => {
	const started = await boot(config('web'), createServer());
	running.push(started);
	const { context } = started;
	const first = await searchMarket(context, {});
	expect(await searchMarket(context, {})).toBe(first);
	for (const chain of chains) await storeTokenEvents(context, chain.config);
	await aListedProduct(context, demoAccount('seller'));
	await vi.waitUntil(async () => (await searchMarket(context, {})).total === 1, { timeout: 10_000, interval: 50 });
});
