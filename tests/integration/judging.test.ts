// A case as those see it who were drawn for it, against a chain: who sees it, what waits for whom, notes that are nobody
// else's, and a vote that the voter's own keys hide and show.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPublicClient, http } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { commitmentFor, readPanel } from '#lib/client/panel.ts';
import { openVote, rulingNumber, voteCommitment, voteSalt, type Panel } from '#lib/crypto/vote.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { orderKey, type Hex, type Wallet } from '#lib/domain/order.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { closeAccount } from '#lib/server/services/account.ts';
import { getNotes, putNotes } from '#lib/server/services/case-notes.ts';
import { queueOf, readBench } from '#lib/server/services/judging.ts';
import { OutOfStep } from '#lib/server/services/keys.ts';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';

let chain: TestChain;
let support: TestContext;
let follower: Follower;
let orderId: Hex;
let order: string;
let judge: Wallet;
const lower = (address: string) => address.toLowerCase() as Wallet;

beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
	support = await testContext([chain.config]);
	follower = followTestChain(support.context, chain);
	orderId = await chain.disputed();
	order = orderKey(chain.config.chainId, orderId);
	await chain.draw();
	await followed();
	judge = (await dispute())?.arbitrator as Wallet;
}, 120_000);
afterAll(async () => {
	await follower?.stop();
	await support?.close();
	await chain?.stop();
});

async function followed(): Promise<void> {
	await follower.poll();
	expect(await audit(support.context)).toEqual([]);
}

const dispute = () => support.context.models.cases.findById(order).lean();
const bench = (wallet: Wallet) => readBench(support.context, { wallet }, { chainId: chain.config.chainId, orderId });

test('whoever was drawn sees the case and has it in the queue; nobody else does', async () => {
	const { context } = support;
	const seen = await bench(judge);
	expect(seen?.steps.map(({ kind }) => kind)).toEqual(['opened', 'drawn']);
	const reader = createPublicClient({ transport: http(chain.config.rpcUrls[0]) });
	const pool = { address: chain.config.pool, abi: arbitratorPoolAbi } as const;
	const { stake } = await reader.readContract({ ...pool, functionName: 'arbitrators', args: [judge] });
	expect(seen?.stakes).toEqual({ minFee: '5000000', bounty: '0', stake: String(stake) });
	expect(seen?.dealings).toEqual([]);
	const queue = await queueOf(context, { wallet: judge });
	expect(queue.cases.map(({ dispute: { _id }, amount }) => [_id, amount])).toEqual([[order, '100000000']]);
	expect(queue.rules[chain.config.chainId]?.rulingEarliest).toBe(86_400);
	// A party sees it on the page of its order; a stranger nowhere.
	for (const wallet of [buyer, lower(chain.config.pool)]) {
		expect(await bench(wallet)).toBeNull();
		expect((await queueOf(context, { wallet })).cases).toEqual([]);
	}
});

test('notes are their author’s alone, kept one revision after the other, and gone with the account', async () => {
	const { context } = support;
	const author = { wallet: judge };
	expect(await getNotes(context, author, { order })).toEqual({ revision: 0, sealed: '' });
	await putNotes(context, author, { order, revision: 1, sealed: 'Zmlyc3Q' });
	// Two devices that both began with nothing, and one that fell behind.
	for (const revision of [1, 3]) {
		const late = putNotes(context, author, { order, revision, sealed: 'b3RoZXI' });
		await expect(late).rejects.toThrow(OutOfStep);
	}
	await putNotes(context, author, { order, revision: 2, sealed: 'c2Vjb25k' });
	expect(await getNotes(context, author, { order })).toEqual({ revision: 2, sealed: 'c2Vjb25k' });

	for (const wallet of [buyer, lower(chain.config.pool)]) {
		await expect(getNotes(context, { wallet }, { order })).rejects.toThrow(NotFound);
		await expect(putNotes(context, { wallet }, { order, revision: 1, sealed: 'eHg' })).rejects.toThrow(NotFound);
	}
	await expect(putNotes(context, author, { order, revision: 3, sealed: 'no base64!' })).rejects.toThrow(InvalidInput);
	await closeAccount(context, author, { wallet: judge });
	expect(await context.models.caseNotes.countDocuments()).toBe(0);
});

test('a vote is hidden by the voter’s own keys, and shown with nothing but them and the chain', async () => {
	await chain.skip(25);
	await chain.sendToPool(judge, 'resolveDispute', orderId, 1, zeroHash);
	await chain.approvePool(seller);
	await chain.sendToPool(seller, 'appeal', orderId);
	await chain.draw();
	await followed();
	const { chainId, pool } = chain.config;
	const contract = { address: pool, abi: arbitratorPoolAbi } as const;
	const reader = createPublicClient({ transport: http(chain.config.rpcUrls[0]) });
	const appeal = () => reader.readContract({ ...contract, functionName: 'appeals', args: [orderId] });
	const { round, seats } = await appeal();
	const panel: Panel = { chainId, pool: lower(pool), caseId: orderId, round };
	const voter = lower(seats[0]?.panelist ?? '');
	expect(await queueOf(support.context, { wallet: voter })).toMatchObject({ cases: [{ dispute: { _id: order } }] });

	const [old, now] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)];
	const salt = await voteSalt(old, voter, panel);
	const commitment = voteCommitment(panel, voter, 'Seller', salt);
	const args = [orderId, voter, rulingNumber('Seller'), salt] as const;
	expect(await reader.readContract({ ...contract, functionName: 'voteCommitment', args })).toBe(commitment);

	// What a browser reads of it by way of its wallet, beside what its node says.
	const said = (await dispute())?.appeal?.round ?? null;
	const named = { chainId, orderId, escrow: lower(chain.config.escrow), pool: lower(pool), round: said };
	expect(await readPanel(reader, named, voter)).toEqual({ panel, commitment: zeroHash });
	expect(await commitmentFor(reader, panel, voter, 'Seller', salt)).toBe(commitment);
	// A node that names another round, or a pool of its own, makes no vote that could never be shown.
	for (const lie of [{ round: (said ?? 0) + 1 }, { round: null }, { pool: lower(chain.config.escrow) }])
		await expect(readPanel(reader, { ...named, ...lie }, voter)).rejects.toMatchObject({ code: 'panel-differs' });
	const otherRound = commitmentFor(reader, { ...panel, round: round + 1n }, voter, 'Seller', salt);
	await expect(otherRound).rejects.toMatchObject({ code: 'panel-differs' });

	await chain.sendToPool(voter, 'commitVote', orderId, commitment);

	// Another device, after new keys were made.
	await chain.skip(49);
	const salts = await Promise.all([old, now].map((master) => voteSalt(master, voter, panel)));
	const hidden = (await appeal()).seats[0]?.commitment ?? zeroHash;
	const found = openVote(panel, voter, hidden, salts);
	expect(found).toEqual({ vote: 'Seller', salt });
	await chain.sendToPool(voter, 'revealVote', orderId, rulingNumber('Seller'), salt);
	await followed();
	const seat = (await dispute())?.appeal?.seats.find(({ wallet }) => wallet === voter);
	expect(seat).toMatchObject({ status: 'Revealed', vote: 'Seller' });
});
