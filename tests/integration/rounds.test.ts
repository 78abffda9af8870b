// The draw without a keeper: this node gives the signature of a round that somebody waits for, and a party draws with it.
import { createPublicClient, http } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { compressedKey, verifyRound } from '#lib/chain/drand.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { NothingToDraw, nextQueueCall, RoundFalse } from '#lib/chain/queue-call.ts';
import { NotFound, UnknownChain } from '#lib/domain/errors.ts';
import { orderKey, type Hex } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { roundAnswer } from '#lib/server/services/api-answers.ts';
import { readPoolRules } from '#lib/server/services/pool-rules.ts';
import { getRound, RoundUnavailable } from '#lib/server/services/rounds.ts';
import { tellOfDuties } from '#lib/server/services/tell-of-duties.ts';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';

let chain: TestChain;
let support: TestContext;
let context: Context;
let follower: Follower;
let takeBack: () => Promise<void>;

beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
}, 120_000);
afterAll(() => chain.stop());
beforeEach(async () => {
	takeBack = await chain.snapshot();
	support = await testContext([chain.config]);
	context = support.context;
	follower = followTestChain(context, chain);
});
afterEach(async () => {
	await follower.stop();
	await support.close();
	await takeBack();
});

const rpc = () => createPublicClient({ transport: http(chain.config.rpcUrls[0]) });

async function dispute(id: Hex) {
	await follower.poll();
	const found = await context.models.cases.findById(orderKey(chain.config.chainId, id)).lean();
	if (found === null) throw new Error('There is no such case');
	return found;
}

async function roundOf(id: Hex): Promise<string> {
	const { round } = await dispute(id);
	if (round === null) throw new Error('It waits for no round');
	return String(round.number);
}

const ask = (round: string, of: Context = context, chainId = chain.config.chainId) =>
	getRound(of, { chainId: String(chainId), round });

/** What a party's page does: every step is checked before it is sent. @returns the call */
async function moveOn(id: Hex): Promise<string> {
	await follower.poll();
	const { pool } = chain.config;
	const call = await nextQueueCall(
		rpc(),
		{ pool, account: buyer, caseId: id },
		async (round) => (await ask(String(round))).signature
	);
	await chain.sendToPool(buyer, call.functionName, ...call.args);
	return call.functionName;
}

test('a round is given once it is public and while a case waits for it, with the beacon’s true signature', async () => {
	const id = await chain.disputed();
	const round = await roundOf(id);
	await expect(ask(round)).rejects.toThrow(NotFound);
	await chain.skip(1);
	await follower.poll();
	const [given, again] = await Promise.all([ask(round), ask(round)]);
	expect(roundAnswer.parse(given)).toEqual({ round: Number(round), signature: given.signature });
	expect(again).toEqual(given);
	const { beacon } = await readPoolRules(context, chain.config.chainId);
	const key = await rpc().readContract({ address: beacon, abi: drandBeaconAbi, functionName: 'publicKey' });
	expect(verifyRound(compressedKey(key), BigInt(round), given.signature)).toBe(true);

	for (const other of [String(Number(round) - 1), '0', '1e3', '-1', '99999999999999999999', ''])
		await expect(ask(other), other).rejects.toThrow(NotFound);
	await expect(ask(round, context, 5)).rejects.toThrow(UnknownChain);
	await chain.draw();
	await follower.poll();
	await expect(ask(round)).rejects.toThrow(NotFound);
});

test('where no relay answers that is said, and asked again by whoever comes next', async () => {
	const id = await chain.disputed();
	const round = await roundOf(id);
	await chain.skip(1);
	await follower.poll();
	const { demo: own, ...outside } = chain.config;
	const chains = new Map([...context.chains].map(([key, client]) => [key, { ...client, config: outside }]));
	const by = (relay: string): Context => ({
		...context,
		chains,
		config: { ...context.config, beaconRelays: [relay] }
	});
	await expect(ask(round, by('http://127.0.0.1:9'))).rejects.toThrow(RoundUnavailable);
	expect((await ask(round, by(own?.relayUrl ?? ''))).round).toBe(Number(round));
});

test('a party draws: first for the case that waits longer, then for its own', async () => {
	const before = await chain.disputed();
	await chain.skip(1);
	const id = await chain.disputed();
	expect(await roundOf(before)).not.toBe(await roundOf(id));
	await chain.skip(1);
	await follower.poll();
	await tellOfDuties(context);
	const told = await context.models.outbox.find({ kind: 'duty-due', order: orderKey(chain.config.chainId, id) }).lean();
	expect(told.map(({ wallet, data }) => [wallet, data.call]).sort()).toEqual(
		[buyer, seller].sort().map((wallet) => [wallet, 'draw'])
	);

	expect(await moveOn(id)).toBe('draw');
	expect(await dispute(before)).toMatchObject({ status: 'Drawn' });
	expect(await dispute(id)).toMatchObject({ status: 'Waiting' });
	expect(await moveOn(id)).toBe('draw');
	expect(await dispute(id)).toMatchObject({ status: 'Drawn' });
	expect(await audit(context)).toEqual([]);
});

test('what ended meanwhile is passed over first', async () => {
	const ended = await chain.disputed();
	const id = await chain.disputed();
	await chain.send(seller, 'refundBuyer', ended);
	await chain.skip(1);
	expect(await moveOn(id)).toBe('skip');
	expect(await moveOn(id)).toBe('draw');
	expect(await dispute(id)).toMatchObject({ status: 'Drawn' });
});

test('a round that nobody used in time is passed over, and the case bound anew and drawn', async () => {
	const id = await chain.disputed();
	await chain.skip(74);
	expect(await moveOn(id)).toBe('skip');
	expect(await dispute(id)).toMatchObject({ status: 'Void' });
	await chain.sendToPool(buyer, 'recommit', id);
	await chain.skip(1);
	expect(await moveOn(id)).toBe('draw');
	expect(await dispute(id)).toMatchObject({ status: 'Drawn' });
});

test('a party draws a panel', async () => {
	const id = await chain.disputed();
	await chain.draw();
	const { arbitrator } = await dispute(id);
	if (arbitrator === null) throw new Error('Nobody was drawn');
	await chain.skip(25);
	await chain.sendToPool(arbitrator, 'resolveDispute', id, 1, zeroHash);
	await chain.approvePool(seller);
	await chain.sendToPool(seller, 'appeal', id);
	await chain.skip(1);
	expect(await moveOn(id)).toBe('draw');
	expect(await dispute(id)).toMatchObject({ status: 'PanelSeated' });
});

test('a false signature is found out before anything is sent, and what was drawn already is not drawn again', async () => {
	const id = await chain.disputed();
	const of = { pool: chain.config.pool, account: buyer, caseId: id };
	await follower.poll();
	await chain.skip(1);
	await follower.poll();
	const { signature } = await ask(await roundOf(id));
	const [, , round] = await rpc().readContract({
		...{ address: chain.config.pool, abi: arbitratorPoolAbi },
		functionName: 'nextDraw'
	});
	const other = `${signature.startsWith('a') ? '8' : 'a'}${signature.slice(1)}`;
	for (const false_ of [other, '', 'zz'.repeat(48)])
		await expect(nextQueueCall(rpc(), of, () => Promise.resolve(false_))).rejects.toThrow(RoundFalse);
	const asked: bigint[] = [];
	const call = await nextQueueCall(rpc(), of, (which) => {
		asked.push(which);
		return Promise.resolve(signature);
	});
	expect(asked).toEqual([round]);
	expect(call).toMatchObject({ functionName: 'draw' });
	await chain.sendToPool(buyer, 'draw', ...call.args);
	await expect(moveOn(id)).rejects.toThrow(NothingToDraw);
});
