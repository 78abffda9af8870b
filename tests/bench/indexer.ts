/**
 * `npm run bench:indexer`: how fast the indexer is, on a local chain and the embedded database (or `MONGODB_URL`).
 *
 * `head`: from a transaction's receipt to its order in the database, heads coming by WebSocket. `history`: events a second
 * while catching up with a chain that is already there. `reorganisation`: healing one of 64 blocks, which are remembered,
 * and one of 200, which are searched for. Prints a table, or with `--json` one object a line; exits 1 where a target is
 * missed. `--orders N` sets the length of the history: an order is two events.
 */
import { parseArgs } from 'node:util';
import { followChain } from '#lib/server/indexer/follow.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import { orderKey } from '#lib/domain/order.ts';
import { buyer, seller, testChain, zeroHash } from '#tests/support/chain.ts';
import { testContext } from '#tests/support/context.ts';
import { report, type Row } from './report.ts';

const { values: flags } = parseArgs({
	options: { json: { type: 'boolean', default: false }, orders: { type: 'string', default: '1000' } }
});
const orders = Number(flags.orders);
const rows: Row[] = [];
const rounded = (value: number) => Math.round(value * 10) / 10;

const chain = await testChain();
const { chainId } = chain.config;
const test = await testContext([chain.config]);
const { context } = test;
const client = context.chains.get(chainId);
if (client === undefined) throw new Error('The chain is not in the context');

try {
	let follower = followChain(context, client);
	await follower.poll();

	const milliseconds: number[] = [];
	for (let round = 0; round < 100; round++) {
		const id = await chain.create();
		const started = performance.now();
		while ((await context.models.orders.exists({ _id: orderKey(chainId, id) })) === null);
		milliseconds.push(performance.now() - started);
	}
	milliseconds.sort((a, b) => a - b);
	rows.push({ name: 'head, p50', value: rounded(milliseconds[49] as number), unit: 'ms', target: 150 });
	rows.push({ name: 'head, p99', value: rounded(milliseconds[98] as number), unit: 'ms', target: null });

	for (const depth of [64, 200]) {
		const id = await chain.create();
		await chain.mine(50);
		const takeBack = await chain.snapshot();
		await chain.send(seller, 'sellerConfirmDelivery', id, zeroHash);
		await chain.mine(depth - 1);
		await follower.poll();
		await takeBack();
		await chain.rpc('evm_increaseTime', depth);
		await chain.mine(depth);
		const started = performance.now();
		await follower.poll();
		const healed = performance.now() - started;
		const order = await context.models.orders.findById(orderKey(chainId, id)).lean();
		if (order?.status !== 'Created') throw new Error('The reorganisation was not healed');
		rows.push({ name: `reorganisation of ${depth} blocks`, value: rounded(healed), unit: 'ms', target: 1000 });
	}
	await follower.stop();

	for (let number = 0; number < orders; number++) {
		const id = await chain.create();
		await chain.send(buyer, 'cancelOrder', id);
	}
	const before = await context.models.chainEvents.countDocuments();
	const memory = process.memoryUsage().rss;
	const cpu = process.cpuUsage();
	const started = performance.now();
	follower = followChain(context, client);
	await follower.poll();
	const seconds = (performance.now() - started) / 1000;
	const used = process.cpuUsage(cpu);
	const events = (await context.models.chainEvents.countDocuments()) - before;
	await follower.stop();
	const note = `${events} events, ${rounded((used.user + used.system) / 1000 / events)} ms of processor an event`;
	rows.push({ name: 'history', value: Math.round(events / seconds), unit: 'events/s', target: null, note });
	const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
	rows.push({ name: 'history, memory', value: rounded(grown), unit: 'MB more', target: null });
	if ((await audit(context)).length > 0) throw new Error('The audit found differences');
} finally {
	await test.close();
	await chain.stop();
}
report(rows, flags.json);
