import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { developmentOwner } from '#lib/chain/demo-actors.ts';
import { orderKey, type Hex } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import { followChain, type Follower } from '#lib/server/indexer/follow.ts';
import { executeTimeouts } from '#lib/server/keeper/timeouts.ts';
import { seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';

let chain: TestChain;
let test_: TestContext;
let context: Context;
let follower: Follower;

beforeAll(async () => {
	chain = await testChain();
});
afterAll(() => chain.stop());
beforeEach(async () => {
	test_ = await testContext([chain.config]);
	context = { ...test_.context, config: { ...test_.context.config, keeperKey: developmentOwner.privateKey } };
	const client = context.chains.get(chain.config.chainId);
	if (client === undefined) throw new Error('The chain is not in the context');
	follower = followChain(context, client);
});
afterEach(async () => {
	await follower.stop();
	await test_.close();
});

const statusOf = async (id: Hex) =>
	(await context.models.orders.findById(orderKey(chain.config.chainId, id)).lean())?.status;

test('what is due is ended by one transaction, once, and nothing else is', async () => {
	const due = [await chain.create(), await chain.create()];
	const released = await chain.create({ releaseHours: 24 });
	await chain.send(seller, 'sellerConfirmDelivery', released, zeroHash);
	const waiting = await chain.create({ confirmHours: 48 });
	await follower.poll();
	expect(await executeTimeouts(context)).toEqual([]);

	await chain.skip(25);
	await follower.poll();
	const sent = await executeTimeouts(context);
	expect(sent).toHaveLength(1);
	// The database does not know of the first yet: the simulation does.
	expect(await executeTimeouts(context)).toEqual([]);

	await follower.poll();
	expect(await Promise.all([...due, released, waiting].map(statusOf))).toEqual([
		'Expired',
		'Expired',
		'Completed',
		'Created'
	]);
	expect(await executeTimeouts(context)).toEqual([]);
	expect(await audit(context)).toEqual([]);
});

test('while a transaction waits, none is sent after it', async () => {
	await chain.create();
	await chain.skip(25);
	await follower.poll();
	await chain.waiting(async () => {
		expect(await executeTimeouts(context)).toHaveLength(1);
		expect(await executeTimeouts(context)).toEqual([]);
		await chain.mine();
	});
});

test('without a key nothing is sent', async () => {
	await chain.create();
	await chain.skip(25);
	await follower.poll();
	expect(await executeTimeouts(test_.context)).toEqual([]);
});
