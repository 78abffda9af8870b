// The indexer among failures: killed between any two steps, two at once, RPCs that refuse, lie or lag, a chain that is
// another one by now. After each, the audit finds no difference.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '#lib/chain/client.ts';
import { orderKey, type Hex } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import { followChain, type Follower } from '#lib/server/indexer/follow.ts';
import { LeaseLost, takeLease } from '#lib/server/indexer/lease.ts';
import { storeRange } from '#lib/server/indexer/store.ts';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { rpcRelay, type Meddle } from '#tests/support/rpc-relay.ts';

let chain: TestChain;
let test_: TestContext;
let ends: (() => Promise<void>)[];

beforeAll(async () => {
	chain = await testChain();
});
afterAll(() => chain.stop());
beforeEach(async () => {
	test_ = await testContext([chain.config]);
	ends = [];
});
afterEach(async () => {
	for (const end of ends.reverse()) await end();
	await test_.close();
});

/** A new indexer, as a new process would start one: heads come by polls alone, so that a test decides when. */
function follow(context: Context = test_.context, rpcUrls = chain.config.rpcUrls): Follower {
	const client = openChain({ ...chain.config, rpcUrls, wsUrl: undefined });
	const follower = followChain(context, client);
	ends.push(() => follower.stop());
	return follower;
}

async function everythingAgrees(): Promise<void> {
	expect(await audit(test_.context)).toEqual([]);
}

async function relay(meddle: Meddle): Promise<string> {
	const { url, stop } = await rpcRelay(chain.config.rpcUrls[0] as string, meddle);
	ends.push(stop);
	return url;
}

const cursor = () => test_.context.models.chainCursors.findById(chain.config.chainId).lean();
const order = (id: Hex) => test_.context.models.orders.findById(orderKey(chain.config.chainId, id)).lean();

/**
 * An indexer in a process that dies at its n-th use of the database, or when it is killed: nothing that it does from then
 * on reaches the database.
 */
function mortal(n = Infinity): { follower: Follower; kill: () => void; died: () => boolean } {
	let uses = 0;
	const models = Object.fromEntries(
		Object.entries(test_.context.models).map(([name, model]) => [
			name,
			new Proxy(model, {
				get(target, key) {
					const value: unknown = Reflect.get(target, key, target);
					if (typeof value !== 'function') return value;
					return (...given: unknown[]) => {
						if (++uses >= n) return deadQuery();
						return Reflect.apply(value, target, given) as unknown;
					};
				}
			})
		])
	);
	const context = { ...test_.context, models: models as never };
	return { follower: follow(context), kill: () => (n = 0), died: () => uses >= n };
}

/** What can be refined as a query, and rejects when it is awaited. */
function deadQuery(): unknown {
	const query: unknown = new Proxy(
		{},
		{
			get(_target, key) {
				if (key !== 'then') return () => query;
				return (_done: unknown, fail: (error: Error) => void) => fail(new Error('This process is dead'));
			}
		}
	);
	return query;
}

/** The work of a new process, after the others have died. */
async function finish(): Promise<void> {
	const heir = follow();
	await heir.poll();
	await heir.stop();
}

describe('killed between any two steps', () => {
	test('while orders come and blocks are taken back, the next one finishes the work', async () => {
		await finish();
		let step = 1;
		for (;;) {
			const id = await chain.create();
			const takeBack = await chain.snapshot();
			await chain.send(seller, 'sellerConfirmDelivery', id, zeroHash);
			const { follower, kill, died } = mortal(step);
			await follower.poll();
			await takeBack();
			await chain.rpc('evm_increaseTime', step);
			await chain.send(buyer, 'cancelOrder', id);
			await follower.poll();
			const isDone = !died();
			kill();

			await finish();
			expect(await order(id), `after step ${step}`).toMatchObject({ status: 'Cancelled' });
			// The audit reads the whole chain, which grows: not after each step.
			if (isDone || step % 5 === 0) await everythingAgrees();
			if (isDone) break;
			step++;
		}
		// Otherwise nothing was interrupted.
		expect(step).toBeGreaterThan(10);
	}, 180_000);
});

describe('two at once', () => {
	test('one follows, the other waits until it has stopped', async () => {
		await finish();
		const two = follow();
		// Another machine's process holds the lease.
		await test_.context.models.chainCursors.updateOne(
			{ _id: chain.config.chainId },
			{ 'lease.holder': 'elsewhere/1/abc', 'lease.until': new Date(Date.now() + 60_000) }
		);
		const id = await chain.create();
		await two.poll();
		expect(await order(id)).toBeNull();

		await test_.context.models.chainCursors.updateOne(
			{ _id: chain.config.chainId },
			{ 'lease.until': new Date(Date.now() - 1) }
		);
		await two.poll();
		expect(await order(id)).toMatchObject({ status: 'Created' });
		await everythingAgrees();
	});

	test('whoever lost the lease writes nothing', async () => {
		const indexer = follow();
		await indexer.poll();
		await indexer.stop();
		const { context } = test_;
		const { chainId } = chain.config;
		const before = await takeLease(context, chainId, 'elsewhere/1/before');
		if (before === null) throw new Error('The lease was not free');
		await context.models.chainCursors.updateOne({ _id: chainId }, { 'lease.until': new Date(0) });
		expect(await takeLease(context, chainId, 'elsewhere/2/after')).toMatchObject({ token: before.token + 1 });

		const state = await cursor();
		if (state === null) throw new Error('There is no cursor');
		const event = await context.models.chainEvents.findOne({ name: 'TokenListed' }, { _id: 0, rev: 0 }).lean();
		if (event === null) throw new Error('There is no event');
		const { nextBlock, notifyFrom, genesis, recent, head, finalThrough, finalizedThrough } = state;
		const range = {
			events: [{ ...event, logIndex: 77 }],
			cursor: { nextBlock: nextBlock + 1, notifyFrom, genesis, recent, head, finalThrough, finalizedThrough },
			state: 'following' as const
		};
		await expect(storeRange(context, before, chain.config, range)).rejects.toThrow(LeaseLost);
		expect((await cursor())?.nextBlock).toBe(nextBlock);
		expect(await context.models.chainEvents.countDocuments({ logIndex: 77 })).toBe(0);
	});
});

describe('an RPC', () => {
	test('that refuses wide ranges is asked for narrower ones', async () => {
		const id = await chain.create();
		await chain.mine(30);
		const widths: number[] = [];
		const url = await relay(async (method, params) => {
			if (method !== 'eth_getLogs') return undefined;
			const [{ fromBlock, toBlock }] = params as [{ fromBlock?: Hex; toBlock?: Hex }];
			const width = Number(toBlock ?? 0) - Number(fromBlock ?? 0) + 1;
			widths.push(width);
			return width > 8 ? { error: 'query returned more than 10000 results' } : undefined;
		});
		await follow(test_.context, [url]).poll();
		expect(await order(id)).toMatchObject({ status: 'Created', final: true });
		expect(Math.max(...widths)).toBeGreaterThan(8);
		await everythingAgrees();
	});

	test('whose logs are of another fork is not believed, the next one is', async () => {
		const id = await chain.create();
		// So deep that its block is not among the remembered ones, nor at the end of a range.
		await chain.mine(300);
		const liar = await relay(async (method, _params, ask) => {
			if (method !== 'eth_getLogs') return undefined;
			const logs = (await ask()) as { blockHash: Hex }[];
			return { result: logs.map((log) => ({ ...log, blockHash: `0x${'ab'.repeat(32)}` })) };
		});
		const alone = follow(test_.context, [liar]);
		await alone.poll();
		await alone.stop();
		expect(await order(id)).toBeNull();
		expect((await cursor())?.lastError).toMatch(/chain-unavailable/);

		await follow(test_.context, [liar, chain.config.rpcUrls[0] as string]).poll();
		expect(await order(id)).toMatchObject({ status: 'Created' });
		expect((await cursor())?.lastError).toBeNull();
		await everythingAgrees();
	});

	test('that is behind by blocks leaves nothing out', async () => {
		const indexer = follow();
		await indexer.poll();
		const id = await chain.create();
		const height = await chain.height();
		// It knows the head, but its logs end before it.
		const laggard = await relay(async (method, params, ask) => {
			const [first] = params as [{ toBlock?: Hex } | Hex];
			if (method === 'eth_getLogs') return { result: [] };
			if (method === 'eth_getBlockByNumber' && first === `0x${height.toString(16)}`) {
				const block = (await ask()) as object;
				return { result: { ...block, hash: `0x${'cd'.repeat(32)}` } };
			}
			return undefined;
		});
		await indexer.stop();
		await chain.mine(1);
		const confused = follow(test_.context, [laggard]);
		await confused.poll();
		await confused.stop();
		await follow().poll();
		expect(await order(id)).toMatchObject({ status: 'Created' });
		await everythingAgrees();
	});

	test('that is down is waited for', async () => {
		let down = true;
		const url = await relay(async () => (down ? { error: 'down' } : undefined));
		const indexer = follow(test_.context, [url]);
		await indexer.poll();
		expect(await cursor()).toBeNull();
		down = false;
		const id = await chain.create();
		await indexer.poll();
		expect(await order(id)).toMatchObject({ status: 'Created' });
	});
});

describe('a chain that is not the one that was followed', () => {
	test('stops its indexer with the reason, until it is right again', async () => {
		await follow().poll();
		const id = await chain.create();
		const foreign = await relay(async (method, params, ask) => {
			if (method !== 'eth_getBlockByNumber' || params[0] !== '0x0') return undefined;
			return { result: { ...((await ask()) as object), hash: `0x${'ef'.repeat(32)}` } };
		});
		const confused = follow(test_.context, [foreign]);
		await confused.poll();
		expect(await cursor()).toMatchObject({ state: 'stopped', reason: 'genesis-changed' });
		expect(await order(id)).toBeNull();
		await confused.stop();

		await follow().poll();
		expect(await cursor()).toMatchObject({ state: 'following', reason: null });
		expect(await order(id)).toMatchObject({ status: 'Created' });
		await everythingAgrees();
	});

	test('without the contracts stops its indexer too', async () => {
		const bare = await relay(async (method) => (method === 'eth_getCode' ? { result: '0x' } : undefined));
		await follow(test_.context, [bare]).poll();
		expect(await cursor()).toMatchObject({ state: 'stopped', reason: 'contract-missing' });
	});
});

describe('whatever happens', () => {
	const happening = fc.oneof(
		{ weight: 5, arbitrary: fc.constantFrom('create', 'confirm', 'receive', 'cancel', 'refund', 'skip') },
		{ weight: 2, arbitrary: fc.constantFrom('snapshot', 'reorganise', 'mine') },
		{ weight: 4, arbitrary: fc.constantFrom('poll', 'poll', 'kill') }
	);

	test('the database is the fold of the canonical chain', async () => {
		let process = mortal();
		let clock = 1;
		await fc.assert(
			fc.asyncProperty(
				fc.array(happening, { minLength: 5, maxLength: 25 }),
				fc.integer({ min: 1, max: 60 }),
				async (what, dieAt) => {
					const ids: Hex[] = [];
					let takeBack: (() => Promise<void>) | null = null;
					const newest = () => ids.at(-1) ?? zeroHash;
					for (const happens of what) {
						if (happens === 'create') ids.push(await chain.create());
						// A call that the escrow refuses is a reverted transaction: it must change nothing.
						if (happens === 'confirm') await chain.send(seller, 'sellerConfirmDelivery', newest(), zeroHash);
						if (happens === 'receive') await chain.send(buyer, 'buyerConfirmReceived', newest());
						if (happens === 'cancel') await chain.send(buyer, 'cancelOrder', newest());
						if (happens === 'refund') await chain.send(seller, 'refundBuyer', newest());
						if (happens === 'skip') await chain.skip(25);
						if (happens === 'mine') await chain.mine(3);
						if (happens === 'snapshot') takeBack = await chain.snapshot();
						if (happens === 'reorganise') {
							await takeBack?.();
							takeBack = null;
							// Otherwise the same block could come again.
							await chain.rpc('evm_increaseTime', ++clock);
						}
						if (happens === 'poll') await process.follower.poll();
						if (happens === 'kill') {
							process.kill();
							process = mortal(dieAt);
						}
					}
					process.kill();
					await finish();
					await everythingAgrees();
					process = mortal();
				}
			),
			{ numRuns: 15 }
		);
	}, 180_000);
});
