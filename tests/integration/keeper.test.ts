// The keeper makes the calls that are open to anybody: each once, the right one, and no more than is due.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { getAbiItem, toFunctionSelector } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '#lib/chain/client.ts';
import { developmentKeeper } from '#lib/chain/demo-actors.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { orderKey, type Hex, type Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { keep } from '#lib/server/keeper/keep.ts';
import { readPoolRules } from '#lib/server/services/pool-rules.ts';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';
import { rpcRelay } from '#tests/support/rpc-relay.ts';

let chain: TestChain;
let test_: TestContext;
let context: Context;
let follower: Follower;
let takeBack: () => Promise<void>;

beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
}, 120_000);
afterAll(() => chain.stop());
beforeEach(async () => {
	takeBack = await chain.snapshot();
	test_ = await testContext([chain.config]);
	context = { ...test_.context, config: { ...test_.context.config, keeperKey: developmentKeeper.privateKey } };
	follower = followTestChain(context, chain);
});
afterEach(async () => {
	await follower.stop();
	await test_.close();
	await takeBack();
});

const keyOf = (id: Hex) => orderKey(chain.config.chainId, id);
const statusOf = async (id: Hex) => (await context.models.orders.findById(keyOf(id)).lean())?.status;
const dispute = (id: Hex) => context.models.cases.findById(keyOf(id)).lean();
const calls = async () =>
	(await context.models.keeperTransactions.find().sort({ nonce: 1 }).lean()).map(({ call }) => call);

/** The keeper acts on what the database knows; then the database hears what it did. */
async function pass(): Promise<string[]> {
	await follower.poll();
	const before = (await calls()).length;
	await keep(context);
	await follower.poll();
	expect(await audit(context)).toEqual([]);
	return (await calls()).slice(before);
}

/** A dispute whose arbitrator the keeper drew. */
async function drawn(): Promise<{ id: Hex; arbitrator: Wallet }> {
	const id = await chain.disputed();
	await chain.skip(1);
	expect(await pass()).toEqual(['draw']);
	const arbitrator = (await dispute(id))?.arbitrator;
	if (!arbitrator) throw new Error('Nobody was drawn');
	return { id, arbitrator };
}

describe('overdue orders', () => {
	test('what is due is ended by one transaction, once, and nothing else is', async () => {
		const due = [await chain.create(), await chain.create()];
		const released = await chain.create({ releaseHours: 24 });
		await chain.send(seller, 'sellerConfirmDelivery', released, zeroHash);
		const waiting = await chain.create({ confirmHours: 48 });
		expect(await pass()).toEqual([]);

		await chain.skip(25);
		await follower.poll();
		await keep(context);
		expect(await calls()).toEqual(['processTimeouts']);
		// The database does not know of the first yet: the simulation does.
		await keep(context);
		expect(await calls()).toEqual(['processTimeouts']);

		await follower.poll();
		expect(await Promise.all([...due, released, waiting].map(statusOf))).toEqual([
			'Expired',
			'Expired',
			'Completed',
			'Created'
		]);
		expect(await pass()).toEqual([]);
	});

	test('while a transaction waits, none is sent after it; a node that forgot it is told again', async () => {
		await chain.create();
		await chain.skip(25);
		await follower.poll();
		await chain.waiting(async () => {
			await keep(context);
			await keep(context);
			expect(await calls()).toEqual(['processTimeouts']);
			const [row] = await context.models.keeperTransactions.find().lean();
			await chain.rpc('anvil_dropTransaction', row?.hash);
			await keep(context);
			expect(await calls()).toHaveLength(1);
			expect(await chain.rpc('eth_getTransactionByHash', row?.hash)).not.toBeNull();
			await chain.mine();
		});
		expect(await pass()).toEqual([]);
	});

	test('what waits for long is sent again for a higher fee, with the same nonce', async () => {
		await chain.create();
		await chain.skip(25);
		await follower.poll();
		await chain.waiting(async () => {
			await keep(context);
			const [first] = await context.models.keeperTransactions.find().lean();
			await keep({ ...context, now: () => new Date(Date.now() + 4 * 60_000) });
			const [second, ...others] = await context.models.keeperTransactions.find().lean();
			expect(others).toEqual([]);
			expect(second?.nonce).toBe(first?.nonce);
			expect(second?.hash).not.toBe(first?.hash);
			expect(BigInt(second?.maxFeePerGas ?? 0)).toBeGreaterThan(BigInt(first?.maxFeePerGas ?? 0));
			await chain.mine();
			expect(await chain.rpc('eth_getTransactionReceipt', second?.hash)).not.toBeNull();
		});
	});

	test('what a reorganisation took back is sent again, and stands in nobody’s way', async () => {
		const id = await chain.create();
		await chain.skip(25);
		await follower.poll();
		const undo = await chain.snapshot();
		await keep(context);
		await keep(context);
		expect((await context.models.keeperTransactions.findOne().lean())?.minedAt).not.toBeNull();
		await undo();
		await keep(context);
		await keep(context);
		expect(await calls()).toEqual(['processTimeouts']);
		await follower.poll();
		expect(await statusOf(id)).toBe('Expired');
	});

	test('what waits and may cost no more is sent again as it was', async () => {
		await chain.create();
		await chain.skip(25);
		await follower.poll();
		await chain.waiting(async () => {
			await keep(context);
			const [row] = await context.models.keeperTransactions.find().lean();
			await chain.rpc('anvil_dropTransaction', row?.hash);
			const later = () => new Date(Date.now() + 4 * 60_000);
			const keeperMaxFee = BigInt(row?.maxFeePerGas ?? 0);
			await keep({ ...context, now: later, config: { ...context.config, keeperMaxFee } });
			expect(await chain.rpc('eth_getTransactionByHash', row?.hash)).not.toBeNull();
			await chain.mine();
		});
	});

	test('above the highest fee nothing is sent; without a key neither', async () => {
		const id = await chain.create();
		await chain.skip(25);
		await follower.poll();
		await keep({ ...context, config: { ...context.config, keeperMaxFee: 1n } });
		await keep(test_.context);
		expect(await calls()).toEqual([]);
		await follower.poll();
		expect(await statusOf(id)).toBe('Created');
	});

	test('two processes at once send it once', async () => {
		await chain.create();
		await chain.skip(25);
		await follower.poll();
		await Promise.all([keep(context), keep(context), keep(context)]);
		expect(await calls()).toEqual(['processTimeouts']);
	});
});

describe('the draw', () => {
	test('waits for the round, then draws for all cases of it at once', async () => {
		const ids = [await chain.disputed(), await chain.disputed()];
		expect(await pass()).toEqual([]);
		await chain.skip(1);
		// Both wait for rounds that passed; of one round they are drawn by one call.
		while ((await pass()).length > 0);
		for (const id of ids) expect(await dispute(id)).toMatchObject({ status: 'Drawn' });
	});

	test('a relay that lies, or sleeps, or is gone does not keep the true one from being used', async () => {
		const id = await chain.disputed();
		await chain.skip(1);
		await follower.poll();
		const liar = createServer((_, response) => {
			response.end(JSON.stringify({ round: 1, signature: `${'8'.padEnd(96, '0')}` }));
		});
		const sleeper = createServer(() => undefined);
		for (const server of [liar, sleeper]) await once(server.listen(0, '127.0.0.1'), 'listening');
		const urlOf = (server: typeof liar) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const { demo: own, ...outside } = chain.config;
		const relays = [urlOf(liar), urlOf(sleeper), 'http://127.0.0.1:9'];
		const asOutside = (beaconRelays: string[]): Context => ({
			...context,
			config: { ...context.config, beaconRelays },
			chains: new Map([...context.chains].map(([id, client]) => [id, { ...client, config: outside }]))
		});
		try {
			const sleeping = setTimeout(() => sleeper.closeAllConnections(), 300);
			await keep(asOutside(relays));
			clearTimeout(sleeping);
			expect(await calls()).toEqual([]);
			await keep(asOutside([...relays, own?.relayUrl ?? '']));
			expect(await calls()).toEqual(['draw']);
		} finally {
			for (const server of [liar, sleeper]) server.close().closeAllConnections();
		}
		await follower.poll();
		expect(await dispute(id)).toMatchObject({ status: 'Drawn' });
	});

	test('a round that nobody used for three days is passed over, and the case bound anew', async () => {
		const id = await chain.disputed();
		await chain.skip(80);
		expect(await pass()).toEqual(['skip']);
		expect(await dispute(id)).toMatchObject({ status: 'Void' });
		expect(await pass()).toEqual(['recommit']);
		await chain.skip(1);
		expect(await pass()).toEqual(['draw']);
		expect(await dispute(id)).toMatchObject({ status: 'Drawn' });
	});
});

describe('cases', () => {
	test('a ruling that nobody appeals is carried out after its window', async () => {
		const { id, arbitrator } = await drawn();
		await chain.skip(25);
		await chain.sendToPool(arbitrator, 'resolveDispute', id, 1, zeroHash);
		await chain.skip(47);
		expect(await pass()).toEqual([]);
		await chain.skip(2);
		expect(await pass()).toEqual(['finalise']);
		expect(await statusOf(id)).toBe('ResolvedBuyer');
		expect(await pass()).toEqual([]);
	});

	test('an arbitrator who stays silent is replaced, and another is drawn', async () => {
		const { id, arbitrator } = await drawn();
		await chain.skip(71);
		expect(await pass()).toEqual([]);
		await chain.skip(2);
		expect(await pass()).toEqual(['replaceArbitrator']);
		await chain.skip(1);
		expect(await pass()).toEqual(expect.arrayContaining(['draw']));
		const second = (await dispute(id))?.arbitrator;
		expect(second).not.toBe(arbitrator);
		expect(second).not.toBeNull();
	});

	test('a panel that stays silent leaves the ruling as it is', async () => {
		const { id, arbitrator } = await drawn();
		await chain.skip(25);
		await chain.sendToPool(arbitrator, 'resolveDispute', id, 1, zeroHash);
		await chain.approvePool(seller);
		await chain.sendToPool(seller, 'appeal', id);
		await chain.skip(1);
		expect(await pass()).toEqual(['draw']);
		expect(await dispute(id)).toMatchObject({ status: 'PanelSeated' });
		await chain.skip(71);
		expect(await pass()).toEqual([]);
		await chain.skip(2);
		expect(await pass()).toEqual(['finalise']);
		expect(await dispute(id)).toMatchObject({ status: 'Finalised', outcome: 'Buyer', overturned: false });
	});

	test('after thirty days without a ruling the case ends in halves', async () => {
		const id = await chain.disputed();
		await chain.skip(1);
		for (let days = 0; days <= 31; days++) {
			await pass();
			await chain.skip(24);
		}
		while ((await pass()).length > 0);
		expect(await dispute(id)).toMatchObject({ status: 'Stalemate' });
		expect(await statusOf(id)).toBe('Stalemate');
	}, 60_000);
});

describe('a keeper that comes back after the escrow’s ninety days', () => {
	/** Disputes that were ruled for the buyer, whose windows are over, and that nobody carried out. */
	async function ruled(count: number): Promise<Hex[]> {
		const ids: Hex[] = [];
		while (ids.length < count) ids.push(await chain.disputed());
		const waiting = async () => {
			await follower.poll();
			return context.models.cases.exists({ status: 'Waiting' });
		};
		while ((await waiting()) !== null) await chain.draw();
		await chain.skip(25);
		for (const id of ids)
			await chain.sendToPool((await dispute(id))?.arbitrator as Wallet, 'resolveDispute', id, 1, zeroHash);
		return ids;
	}
	const statuses = (ids: readonly Hex[]) => Promise.all(ids.map(statusOf));

	test('carries out every ruling, pass by pass, and halves none', async () => {
		const ids = await ruled(30);
		await chain.skip(91 * 24);
		// Whom the draws gave as many cases as one may have is brought up to date besides.
		const finalised = async () => (await pass()).filter((call) => call !== 'sync');
		expect(await finalised()).toEqual(Array(20).fill('finalise'));
		expect(new Set(await statuses(ids))).toEqual(new Set(['ResolvedBuyer', 'Disputed']));
		expect(await finalised()).toEqual(Array(10).fill('finalise'));
		expect(new Set(await statuses(ids))).toEqual(new Set(['ResolvedBuyer']));
	}, 120_000);

	test('halves no ruling because an RPC fails', async () => {
		const ids = await ruled(2);
		await chain.skip(91 * 24);
		await follower.poll();
		const finalise = toFunctionSelector(getAbiItem({ abi: arbitratorPoolAbi, name: 'finalise' }));
		const { url, stop } = await rpcRelay(chain.config.rpcUrls[0] as string, async (_, params) =>
			JSON.stringify({ params }).includes(finalise) ? { error: 'limit exceeded' } : undefined
		);
		const client = openChain({ ...chain.config, rpcUrls: [url] });
		try {
			await keep({ ...context, chains: new Map([[chain.config.chainId, client]]) });
			expect(await calls()).toEqual([]);
		} finally {
			client.close();
			await stop();
		}
		expect(await pass()).toEqual(['finalise', 'finalise']);
		expect(await statuses(ids)).toEqual(['ResolvedBuyer', 'ResolvedBuyer']);
	});

	test('decides nothing by what a node knew before it was off', async () => {
		const id = await chain.create({ amount: 100_000_000n });
		await chain.send(seller, 'sellerConfirmDelivery', id, zeroHash);
		await follower.poll();
		await follower.stop();
		await chain.send(buyer, 'openDispute', id, zeroHash);
		await chain.draw();
		await chain.skip(91 * 24);
		await keep({ ...context, now: () => new Date(Date.now() + 91 * 86_400_000) });
		expect(await calls()).toEqual([]);
	});

	test('halves what was not ruled on where the pool refuses to, and even then no ruling', async () => {
		const [decided] = (await ruled(1)) as [Hex];
		const undecided = await chain.disputed();
		await chain.skip(91 * 24);
		// Whatever it is asked, it reverts: there is nothing that an audit could compare.
		await chain.rpc('anvil_setCode', chain.config.pool, '0x5f5ffd');
		for (const sent of [1, 1]) {
			await follower.poll();
			await keep(context);
			expect(await calls()).toEqual(Array(sent).fill('processTimeouts'));
		}
		expect(await statuses([undecided, decided])).toEqual(['Stalemate', 'Disputed']);
	});
});

test('who registered is put into the draw once the time has come', async () => {
	const newcomer = seller;
	await follower.poll();
	const rules = await readPoolRules(context, chain.config.chainId);
	await chain.approvePool(newcomer);
	await chain.sendToPool(newcomer, 'register', BigInt(rules.minimumStake));
	expect(await pass()).toEqual([]);
	await chain.skip(7 * 24 + 1);
	expect(await pass()).toEqual(['activate']);
	const found = await context.models.arbitrators.findById(`${chain.config.chainId}:${newcomer}`).lean();
	expect(found).toMatchObject({ status: 'Active', weight: 10 });
});
