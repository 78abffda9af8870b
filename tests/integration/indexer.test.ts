// From two chains, as processes of their own, to the database: everything that an order can go through, seen by the
// indexer, and compared with the chains by the audit after each scenario.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { hashOffer, type Offer } from '#lib/domain/offer.ts';
import { orderKey, type Hex } from '#lib/domain/order.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { listOrders } from '#lib/server/services/order-lists.ts';
import { announce, getOrder } from '#lib/server/services/orders.ts';
import { buyer, other, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';

let first: TestChain;
let second: TestChain;
let chains: TestChain[];
let test_: TestContext;
let followers: Follower[];

beforeAll(async () => {
	first = await testChain({ chainId: 31337, decimals: 6, confirmations: 2 });
	second = await testChain({ chainId: 31338, decimals: 18, confirmations: 5 });
	chains = [first, second];
});
afterAll(() => Promise.all(chains.map((chain) => chain.stop())));

beforeEach(async () => {
	test_ = await testContext(chains.map(({ config }) => config));
	followers = [];
});
afterEach(async () => {
	await Promise.all(followers.map((follower) => follower.stop()));
	await test_.close();
});

/** A new indexer of a chain, as a new process would start one. */
function follow(chain: TestChain): Follower {
	const follower = followTestChain(test_.context, chain);
	followers.push(follower);
	return follower;
}

async function order(chain: TestChain, id: Hex) {
	return test_.context.models.orders.findById(orderKey(chain.config.chainId, id)).lean();
}

/** The audit of the chains that the test follows. */
async function everythingAgrees(): Promise<void> {
	const { context } = test_;
	const followed = new Set((await context.models.chainCursors.find().lean()).map(({ _id }) => _id));
	const audited = new Map([...context.chains].filter(([chainId]) => followed.has(chainId)));
	expect(audited.size).toBeGreaterThan(0);
	expect(await audit({ ...context, chains: audited })).toEqual([]);
}

describe('the way of an order', () => {
	test('on two chains with other decimals and confirmations', async () => {
		const indexers = chains.map(follow);
		const cheap = await first.create({ amount: 12_500_000n });
		const dear = await second.create({ amount: 12_500_000_000_000_000_001n });
		await Promise.all(indexers.map((indexer) => indexer.poll()));

		expect(await order(first, cheap)).toMatchObject({
			status: 'Created',
			buyer,
			seller,
			amount: '12500000',
			final: false,
			rev: 1
		});
		expect(await order(second, dear)).toMatchObject({ status: 'Created', amount: '12500000000000000001' });
		expect(await order(second, cheap)).toBeNull();
		await everythingAgrees();

		await first.mine(2);
		await second.mine(4);
		await Promise.all(indexers.map((indexer) => indexer.poll()));
		expect(await order(first, cheap)).toMatchObject({ final: true, finalized: true });
		expect(await order(second, dear)).toMatchObject({ final: false, finalized: true });
		await second.mine(1);
		await indexers[1]?.poll();
		expect(await order(second, dear)).toMatchObject({ final: true });
		await everythingAgrees();
	});

	test('confirmed and received: each step with its block, the seller paid', async () => {
		const indexer = follow(first);
		const id = await first.create();
		const created = await first.height();
		await first.send(seller, 'sellerConfirmDelivery', id, `0x${'11'.repeat(32)}`);
		await first.send(buyer, 'buyerConfirmReceived', id);
		await indexer.poll();

		const found = await order(first, id);
		expect(found).toMatchObject({ status: 'Completed', confirmed: true, payouts: [{ wallet: seller, kind: 'sale' }] });
		expect(found?.timeline.map(({ kind, block, by }) => [kind, block - created, by])).toEqual([
			['created', 0, buyer],
			['confirmed', 1, seller],
			['completed', 2, buyer]
		]);
		const payouts = await test_.context.models.payouts.find({ order: found?._id }).lean();
		expect(payouts).toMatchObject([{ wallet: seller, amount: '20000000', kind: 'sale', deferred: false }]);
		await everythingAgrees();
	});

	test('cancelled, expired, released, extended, refunded', async () => {
		const indexer = follow(second);
		const [cancelled, expired, released, extended, refunded] = [
			await second.create(),
			await second.create(),
			await second.create({ releaseHours: 24 }),
			await second.create(),
			await second.create()
		];
		await second.send(seller, 'cancelOrder', cancelled);
		await second.send(seller, 'sellerConfirmDelivery', released, zeroHash);
		await second.send(buyer, 'extend', extended, 48n);
		await second.send(seller, 'sellerConfirmDelivery', refunded, zeroHash);
		await second.send(seller, 'refundBuyer', refunded);
		await second.skip(25);
		await second.send(other, 'processTimeouts', [expired, released, extended]);
		await indexer.poll();

		const statuses = await Promise.all(
			[cancelled, expired, released, extended, refunded].map(async (id) => (await order(second, id))?.status)
		);
		expect(statuses).toEqual(['Cancelled', 'Expired', 'Completed', 'Created', 'Cancelled']);
		await everythingAgrees();
	});

	test('an order that was not made under the signed terms is flagged', async () => {
		const offer: Offer = {
			chainId: first.config.chainId,
			escrow: first.config.escrow.toLowerCase() as Hex,
			seller,
			sellerKeyHash: zeroHash,
			token: first.config.tokens[0]?.address.toLowerCase() as Hex,
			unitPrice: '10000000',
			shippingCost: '2500000',
			region: '',
			productHash: zeroHash,
			confirmHours: 24,
			releaseHours: 72,
			validUntil: 4_000_000_000,
			listingId: 'a'.repeat(32),
			nonce: '1'
		};
		const termsHash = hashOffer(offer);
		await test_.context.models.offers.create({
			_id: termsHash,
			offer,
			signature: '0x',
			product: 'a'.repeat(32),
			content: { kind: 'physical', title: 'Lamp', summary: '', description: '', images: [] },
			salt: zeroHash
		});
		const [right, short, unknown] = [
			await first.create({ termsHash, amount: 32_500_000n }),
			await first.create({ termsHash, amount: 32_499_999n, releaseHours: 24 }),
			await first.create({ termsHash: `0x${'77'.repeat(32)}` })
		];
		await follow(first).poll();

		expect(await order(first, right)).toMatchObject({ termsMatch: true, quantity: 3, product: 'a'.repeat(32) });
		expect(await order(first, short)).toMatchObject({
			termsMatch: false,
			termsDiffer: ['releaseHours', 'amount'],
			quantity: null
		});
		expect(await order(first, unknown)).toMatchObject({ termsMatch: null, product: null });
		await everythingAgrees();
	});

	test('reaches the database without a poll, by the chain’s WebSocket', async () => {
		await follow(first).poll();
		const id = await first.create();
		await vi.waitUntil(async () => (await order(first, id)) !== null, { interval: 5, timeout: 5000 });
		await everythingAgrees();
	});

	test('its people see it, nobody else does', async () => {
		// Later than every other, also by the second.
		await first.skip(1);
		const id = await first.create();
		await follow(first).poll();
		const { context } = test_;
		const input = { chainId: first.config.chainId, orderId: id };
		expect((await getOrder(context, { wallet: seller }, input)).order?.orderId).toBe(id);
		await expect(getOrder(context, { wallet: other }, input)).rejects.toMatchObject({ code: 'not-found' });
		const purchases = await listOrders(context, { wallet: buyer }, { role: 'buyer', limit: 1 });
		expect(purchases.items).toMatchObject([{ orderId: id }]);
	});
});

describe('what was sent and is not read yet', () => {
	const announced = (chain: TestChain, txHash: Hex, wallet = buyer) =>
		announce(test_.context, { wallet }, { chainId: chain.config.chainId, txHash });
	const stateOf = async (chain: TestChain, txHash: Hex) =>
		(await test_.context.models.pendingActions.findById(`${chain.config.chainId}:${txHash}`).lean())?.state;

	test('is shown at once, and closed with its event', async () => {
		const indexer = follow(first);
		const id = await first.create();
		await indexer.poll();
		await first.waiting(async () => {
			const txHash = await first.send(buyer, 'cancelOrder', id);
			expect(await announced(first, txHash)).toMatchObject({
				state: 'sent',
				orderId: id,
				actor: buyer,
				action: 'cancelOrder'
			});
			await indexer.poll();
			expect(await stateOf(first, txHash)).toBe('sent');
			await first.mine();
			await indexer.poll();
			expect(await stateOf(first, txHash)).toBe('indexed');
			expect(await order(first, id)).toMatchObject({ status: 'Cancelled' });
		});
		await everythingAgrees();
	});

	test('a creation has its order’s id before there is an order', async () => {
		await first.waiting(async () => {
			const txHash = await first.send(buyer, 'createOrder', first.params());
			const { orderId, action } = await announced(first, txHash);
			expect(action).toBe('createOrder');
			const view = await getOrder(test_.context, { wallet: buyer }, { chainId: first.config.chainId, orderId });
			expect(view).toMatchObject({ order: null, pending: [{ state: 'sent' }] });
			await first.mine();
			await follow(first).poll();
			expect(await order(first, orderId)).toMatchObject({ status: 'Created' });
		});
	});

	test('a replaced and a reverted transaction are recognised', async () => {
		const indexer = follow(first);
		const id = await first.create();
		await indexer.poll();
		await first.waiting(async () => {
			const txHash = await first.send(buyer, 'cancelOrder', id);
			await announced(first, txHash);
			const { nonce } = await first.rpc<{ nonce: Hex }>('eth_getTransactionByHash', txHash);
			await first.rpc('eth_sendTransaction', {
				from: buyer,
				to: other,
				nonce,
				value: '0x1',
				maxFeePerGas: '0x174876e8000',
				maxPriorityFeePerGas: '0x174876e800'
			});
			await first.mine();
			await indexer.poll();
			expect(await stateOf(first, txHash)).toBe('replaced');

			const reverted = await first.send(buyer, 'releaseOrder', id);
			await announced(first, reverted);
			await first.mine();
			await indexer.poll();
			expect(await stateOf(first, reverted)).toBe('failed');
		});
		expect(await order(first, id)).toMatchObject({ status: 'Created' });
	});

	test('nobody announces what they did not send, or what is no call of the escrow', async () => {
		const id = await first.create();
		const txHash = await first.send(buyer, 'cancelOrder', id);
		await expect(announced(first, txHash, seller)).rejects.toMatchObject({ code: 'not-the-sender' });
		const gift = await first.rpc<Hex>('eth_sendTransaction', { from: buyer, to: other, value: '0x1' });
		await expect(announced(first, gift)).rejects.toMatchObject({ code: 'not-an-order-call' });
		await expect(announced(first, `0x${'00'.repeat(32)}`)).rejects.toMatchObject({ code: 'not-found' });
		await expect(announce(test_.context, { wallet: buyer }, { chainId: 5, txHash })).rejects.toMatchObject({
			code: 'unknown-chain'
		});
		await follow(first).poll();
		expect(await announced(first, txHash)).toMatchObject({ state: 'indexed' });
	});
});

describe('a reorganisation', () => {
	test('takes orders and steps back, and puts the new ones in their place', async () => {
		const indexer = follow(first);
		const kept = await first.create();
		await indexer.poll();
		const takeBack = await first.snapshot();
		await first.send(seller, 'sellerConfirmDelivery', kept, zeroHash);
		const gone = await first.create();
		await indexer.poll();
		expect(await order(first, kept)).toMatchObject({ status: 'SellerConfirmed' });
		expect(await order(first, gone)).toMatchObject({ status: 'Created' });

		await takeBack();
		await indexer.poll();
		expect(await order(first, kept)).toMatchObject({ status: 'Created', timeline: [{ kind: 'created' }] });
		expect(await order(first, gone)).toBeNull();
		await everythingAgrees();

		await first.send(buyer, 'cancelOrder', kept);
		const instead = await first.create();
		await first.mine(3);
		await indexer.poll();
		expect(await order(first, kept)).toMatchObject({ status: 'Cancelled' });
		expect(await order(first, instead)).toMatchObject({ status: 'Created', final: true });
		await everythingAgrees();
	});

	test('that is longer than what it replaces is seen by its links alone', async () => {
		const indexer = follow(first);
		await indexer.poll();
		const takeBack = await first.snapshot();
		const gone = await first.create();
		await indexer.poll();
		await takeBack();
		await first.rpc('evm_increaseTime', 7);
		await first.mine(5);
		const id = await first.create();
		await indexer.poll();
		expect(await order(first, gone)).toBeNull();
		expect(await order(first, id)).toMatchObject({ status: 'Created' });
		await everythingAgrees();
	});

	test('deeper than the remembered blocks is found by bisection', async () => {
		const indexer = follow(second);
		const before = await second.create();
		await second.mine(40);
		const takeBack = await second.snapshot();
		const lost: Hex[] = [];
		for (let round = 0; round < 4; round++) {
			lost.push(await second.create());
			await second.mine(60);
		}
		await indexer.poll();
		expect(await order(second, lost[0] as Hex)).toMatchObject({ final: true });

		await takeBack();
		await second.rpc('evm_increaseTime', 11);
		await second.mine(200);
		const after = await second.create();
		const started = performance.now();
		await indexer.poll();
		expect(performance.now() - started).toBeLessThan(5000);
		for (const id of lost) expect(await order(second, id)).toBeNull();
		expect(await order(second, before)).toMatchObject({ status: 'Created' });
		expect(await order(second, after)).toMatchObject({ status: 'Created' });
		await everythingAgrees();
	});

	test('opens announced steps again, and corrects what was notified', async () => {
		const indexer = follow(first);
		await indexer.poll();
		const { outbox, pendingActions } = test_.context.models;
		const id = await first.create();
		const takeBack = await first.snapshot();
		await first.rpc('evm_increaseTime', 3);
		const txHash = await first.send(seller, 'sellerConfirmDelivery', id, zeroHash);
		await indexer.poll();
		await announce(test_.context, { wallet: seller }, { chainId: first.config.chainId, txHash });
		const raw = await first.rpc<Hex>('eth_getRawTransactionByHash', txHash);

		const told = await outbox.find().sort({ _id: 1 }).lean();
		expect(told.map(({ wallet, kind }) => [kind, wallet]).sort()).toEqual([
			['order-confirmed', buyer],
			['order-created', seller]
		]);
		await outbox.updateMany({ kind: 'order-confirmed' }, { state: 'sent' });

		await takeBack();
		await indexer.poll();
		expect(await pendingActions.findOne({ txHash }).lean()).toMatchObject({ orderId: id });
		const corrected = await outbox.find({ kind: 'order-correction' }).lean();
		expect(corrected).toMatchObject([{ wallet: buyer, state: 'waiting', data: { kind: 'order-confirmed' } }]);
		expect(await outbox.countDocuments({ kind: 'order-created' })).toBe(1);

		// The same transaction comes back in another block: it is told again by the row that it had.
		await first.rpc('eth_sendRawTransaction', raw);
		await indexer.poll();
		expect(await outbox.find({ kind: 'order-confirmed' }).lean()).toMatchObject([
			{ state: 'waiting', takenBack: false }
		]);
		expect(await pendingActions.findOne({ txHash }).lean()).toMatchObject({ state: 'indexed' });
		await everythingAgrees();
	});
});

describe('history', () => {
	test('is nobody’s news', async () => {
		await first.create();
		await follow(first).poll();
		expect(await test_.context.models.outbox.countDocuments()).toBe(0);
		await first.create();
		await followers[0]?.poll();
		expect(await test_.context.models.outbox.countDocuments()).toBe(1);
	});

	test('that is read twice changes nothing', async () => {
		const id = await first.create();
		await follow(first).poll();
		await followers.pop()?.stop();
		const before = await order(first, id);
		const { chainEvents, chainCursors, outbox } = test_.context.models;
		const events = await chainEvents.countDocuments();
		await chainCursors.updateOne(
			{ _id: first.config.chainId },
			{ $set: { nextBlock: first.config.deployedBlock, notifyFrom: 0, recent: [] } }
		);
		await follow(first).poll();
		expect(await order(first, id)).toEqual(before);
		expect(await chainEvents.countDocuments()).toBe(events);
		expect(await outbox.countDocuments()).toBe(0);
		await everythingAgrees();
	});
});
