// Disputes before the pool, with arbitrators who were really drawn, as the indexer sees them.
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { storedHolders } from '#lib/chain/stored.ts';
import { NotFound } from '#lib/domain/errors.ts';
import { orderKey, type Hex, type Wallet } from '#lib/domain/order.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { lostCase, readBench } from '#lib/server/services/judging.ts';
import { getOrder } from '#lib/server/services/orders.ts';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';

let chain: TestChain;
let test_: TestContext;
let follower: Follower;

beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
}, 120_000);
afterAll(() => chain.stop());
beforeEach(async () => {
	test_ = await testContext([chain.config]);
	follower = followTestChain(test_.context, chain);
});
afterEach(async () => {
	await follower.stop();
	await test_.close();
});

const keyOf = (id: Hex) => orderKey(chain.config.chainId, id);
const order = (id: Hex) => test_.context.models.orders.findById(keyOf(id)).lean();
const dispute = (id: Hex) => test_.context.models.cases.findById(keyOf(id)).lean();
const arbitrator = (wallet: Wallet) =>
	test_.context.models.arbitrators.findById(`${chain.config.chainId}:${wallet}`).lean();

async function followed(): Promise<void> {
	await follower.poll();
	expect(await audit(test_.context)).toEqual([]);
	for (const { caseId, holders } of await test_.context.models.cases.find().lean())
		expect(await holdersOnChain(caseId)).toEqual(holders);
}

/** Who may be let read, as a browser asks the chain. */
async function holdersOnChain(id: Hex): Promise<Wallet[]> {
	const rpc = test_.context.chains.get(chain.config.chainId)?.rpc;
	if (rpc === undefined) throw new Error('The chain is not in the context');
	const pool = { address: chain.config.pool, abi: arbitratorPoolAbi, args: [id] } as const;
	const [stored, appeal] = await Promise.all([
		rpc.readContract({ ...pool, functionName: 'cases' }),
		rpc.readContract({ ...pool, functionName: 'appeals' })
	]);
	return storedHolders(stored, appeal);
}

const told = async (id: Hex, kind: string) => {
	const rows = await test_.context.models.outbox.find({ order: keyOf(id), kind }).lean();
	return rows.map(({ wallet }) => wallet).toSorted();
};
/** Who else the node lets read the order's conversation. */
const talk = (id: Hex) => test_.context.models.conversations.findOne({ order: keyOf(id) }).lean();
const readers = async (id: Hex) => (await talk(id))?.arbitrators;

/** An order in dispute, opened by the buyer. */
test('the arbitrators of the pool are there, with their stakes and weights', async () => {
	await followed();
	const found = await test_.context.models.arbitrators.find().lean();
	expect(found).toHaveLength(5);
	for (const one of found)
		expect(one).toMatchObject({ status: 'Active', stake: '1000000000', reputation: 50, weight: 10, openCases: 0 });
});

test('a ruling, unappealed: the winner and the arbitrator are paid, the record grows', async () => {
	const id = await chain.disputed();
	await followed();
	expect(await dispute(id)).toMatchObject({ status: 'Waiting', opener: buyer, fee: '5000000', arbitrator: null });

	await chain.draw();
	await followed();
	const drawn = (await dispute(id))?.arbitrator as Wallet;
	expect(await arbitrator(drawn)).toMatchObject({ openCases: 1 });
	expect(await order(id)).toMatchObject({ status: 'Disputed', arbitrators: [drawn] });
	const input = { chainId: chain.config.chainId, orderId: id };
	expect((await getOrder(test_.context, { wallet: drawn }, input)).order?.orderId).toBe(id);

	await chain.skip(25);
	await chain.sendToPool(drawn, 'resolveDispute', id, 1, `0x${'42'.repeat(32)}`);
	await followed();
	expect(await dispute(id)).toMatchObject({
		status: 'Ruled',
		ruling: 'Buyer',
		arbitrators: [{ wallet: drawn, ruling: 'Buyer', reasonDigest: `0x${'42'.repeat(32)}` }]
	});

	await chain.skip(49);
	await chain.sendToPool(seller, 'finalise', id);
	await followed();
	expect(await dispute(id)).toMatchObject({ status: 'Finalised', outcome: 'Buyer', feePayee: drawn, holders: [] });
	expect(await order(id)).toMatchObject({
		status: 'ResolvedBuyer',
		ruling: 'ResolvedBuyer',
		payouts: [
			{ wallet: buyer, kind: 'refund', amount: '100000000' },
			{ wallet: drawn, kind: 'fee', amount: '5000000', deferred: true }
		]
	});
	expect(await arbitrator(drawn)).toMatchObject({
		openCases: 0,
		reputation: 51,
		record: { drawn: 1, ruled: 1, unappealed: 1 }
	});

	await chain.send(drawn, 'withdraw', chain.config.tokens[0]?.address, drawn);
	await followed();
	const earned = await test_.context.models.payouts.find({ wallet: drawn }).sort({ kind: 1 }).lean();
	expect(earned.map(({ kind, amount }) => [kind, amount])).toEqual([
		['fee', '5000000'],
		['withdrawal', '5000000']
	]);
});

test('an arbitrator who hands the case back is followed by another', async () => {
	const id = await chain.disputed();
	await chain.draw();
	await followed();
	const first = (await dispute(id))?.arbitrator as Wallet;
	await chain.sendToPool(first, 'recuse', id);
	await followed();
	expect(await dispute(id)).toMatchObject({ status: 'Waiting', arbitrator: null, arbitrators: [{ left: 'recused' }] });
	expect(await arbitrator(first)).toMatchObject({ openCases: 0, record: { recused: 1 } });

	await chain.draw();
	await followed();
	const second = (await dispute(id))?.arbitrator;
	expect(second).not.toBe(first);
	expect((await order(id))?.arbitrators).toEqual([second]);
	// What was sold, and how, is for those who decide; that they lost the case is told to whoever did.
	const input = { chainId: chain.config.chainId, orderId: id };
	await expect(getOrder(test_.context, { wallet: first }, input)).rejects.toThrow(NotFound);
	expect(await readBench(test_.context, { wallet: first }, input)).toBeNull();
	expect(await lostCase(test_.context, { wallet: first }, input)).toMatchObject({ dispute: { caseId: id } });
	expect(await lostCase(test_.context, { wallet: second as Wallet }, input)).toBeNull();
});

test('a draw tells whoever was drawn, asks the two to let them read, and opens the conversation to them alone', async () => {
	const id = await chain.disputed();
	await followed();
	expect(await told(id, 'grant-asked')).toEqual([]);
	const takeBack = await chain.snapshot();
	await chain.draw();
	await followed();
	const first = (await dispute(id))?.arbitrator as Wallet;
	expect(await told(id, 'arbitrator-drawn')).toEqual([first]);
	expect(await told(id, 'grant-asked')).toEqual([buyer, seller].toSorted());
	expect(await readers(id)).toEqual([first]);

	await chain.sendToPool(first, 'recuse', id);
	await followed();
	expect(await readers(id)).toEqual([]);
	await chain.draw();
	await followed();
	const second = (await dispute(id))?.arbitrator as Wallet;
	expect(await told(id, 'arbitrator-drawn')).toEqual([first, second].toSorted());
	expect(await readers(id)).toEqual([second]);

	await takeBack();
	await chain.rpc('evm_increaseTime', 5);
	await chain.mine(1);
	await followed();
	expect(await readers(id)).toEqual([]);
	expect(await told(id, 'arbitrator-drawn')).toEqual([]);
	await chain.draw();
	await followed();
	expect(await readers(id)).toEqual([(await dispute(id))?.arbitrator]);
});

test('a panel may read, and whoever of it was excused no more', async () => {
	const id = await chain.disputed();
	await chain.draw();
	await followed();
	const first = (await dispute(id))?.arbitrator as Wallet;
	await chain.skip(25);
	await chain.sendToPool(first, 'resolveDispute', id, 1, zeroHash);
	await chain.approvePool(seller);
	await chain.sendToPool(seller, 'appeal', id);
	await followed();
	expect(await readers(id)).toEqual([first]);
	await chain.draw();
	await followed();
	const panel = (await dispute(id))?.appeal?.seats.map(({ wallet }) => wallet) ?? [];
	expect(panel).toHaveLength(3);
	expect(await told(id, 'panel-drawn')).toEqual(panel.toSorted());
	expect(await readers(id)).toEqual([first, ...panel]);
	await chain.sendToPool(panel[0] as Wallet, 'recuse', id);
	await followed();
	expect(await readers(id)).toEqual([first, ...panel.slice(1)]);
	// After its end they can still read why it ended so, and nothing that is said later.
	expect((await talk(id))?.caseEndedAt).toBeNull();
	const takeBack = await chain.snapshot();
	await chain.skip(73);
	await chain.sendToPool(seller, 'finalise', id);
	await followed();
	expect(await dispute(id)).toMatchObject({ status: 'Finalised', holders: [] });
	expect(await readers(id)).toEqual([first, ...panel.slice(1)]);
	const endedAt = (await talk(id))?.caseEndedAt;
	expect(endedAt).toBeInstanceOf(Date);
	// That its events are final now changes nothing of it; a fork without the end does.
	await chain.mine(3);
	await followed();
	expect((await talk(id))?.caseEndedAt).toEqual(endedAt);
	await takeBack();
	await chain.rpc('evm_increaseTime', 5);
	await chain.mine(6);
	await followed();
	expect((await talk(id))?.caseEndedAt).toBeNull();
});

test('a draw that is taken back leaves nobody with the case', async () => {
	const id = await chain.disputed();
	await followed();
	const before = await test_.context.models.arbitrators.find({}, { openCases: 1 }).sort({ _id: 1 }).lean();
	const takeBack = await chain.snapshot();
	await chain.draw();
	await followed();
	expect((await dispute(id))?.holders).toHaveLength(1);
	await takeBack();
	await chain.rpc('evm_increaseTime', 5);
	await chain.mine(1);
	await followed();
	expect(await dispute(id)).toMatchObject({ status: 'Waiting', people: [] });
	expect(await test_.context.models.arbitrators.find({}, { openCases: 1 }).sort({ _id: 1 }).lean()).toEqual(before);
});

test('a concession ends the case, and the fee goes back', async () => {
	const id = await chain.disputed();
	await chain.send(seller, 'refundBuyer', id);
	await followed();
	expect(await dispute(id)).toMatchObject({ status: 'Closed', feePayee: null });
	expect(await order(id)).toMatchObject({
		status: 'Cancelled',
		payouts: [
			{ wallet: buyer, kind: 'refund', amount: '100000000' },
			{ wallet: buyer, kind: 'feeReturned', amount: '5000000' }
		]
	});
});
