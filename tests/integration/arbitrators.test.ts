// What is told of arbitrators, against a chain on which each thing that can happen to one happened: the reasons for every
// change of a reputation, and what waits in the pool for whom.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeAbiParameters, keccak256 } from 'viem';
import { orderKey, type Hex, type Wallet } from '#lib/domain/order.ts';
import { damagesOf } from '#lib/domain/pool-rules.ts';
import { reputationChanges, type Conduct } from '#lib/domain/reputation.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { getArbitrator, isArbitrator, listArbitrators } from '#lib/server/services/arbitrators.ts';
import { waitingFor } from '#lib/server/services/earnings.ts';
import { readFigures } from '#lib/server/services/figures.ts';
import { readPools } from '#lib/server/services/pools.ts';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';

let chain: TestChain;
let support: TestContext;
let follower: Follower;

beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
	support = await testContext([chain.config]);
	follower = followTestChain(support.context, chain);
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

const dispute = (id: Hex) => support.context.models.cases.findById(orderKey(chain.config.chainId, id)).lean();

async function drawn(id: Hex): Promise<Wallet> {
	await chain.draw();
	await followed();
	return (await dispute(id))?.arbitrator as Wallet;
}

/** Votes as the pool hides them. @param votes 1 for the buyer, 2 for the seller, null for who shows nothing */
async function vote(id: Hex, votes: readonly (1 | 2 | null)[]): Promise<Wallet[]> {
	await chain.draw();
	await followed();
	const { appeal } = (await dispute(id)) ?? {};
	if (!appeal) throw new Error('There is no panel');
	const salt: Hex = `0x${'5a'.repeat(32)}`;
	const panel = appeal.seats.map(({ wallet }) => wallet);
	for (const [index, wallet] of panel.entries()) {
		const said = votes[index] ?? null;
		if (said === null) continue;
		const types = ['uint256', 'address', 'bytes32', 'uint64', 'address', 'uint8', 'bytes32'].map((type) => ({ type }));
		const { chainId, pool } = chain.config;
		const hidden = [BigInt(chainId), pool, id, BigInt(appeal.round ?? 0), wallet, said, salt];
		await chain.sendToPool(wallet, 'commitVote', id, keccak256(encodeAbiParameters(types, hidden)));
	}
	await chain.skip(49);
	for (const [index, wallet] of panel.entries())
		if (votes[index]) await chain.sendToPool(wallet, 'revealVote', id, votes[index], salt);
	await chain.skip(25);
	return panel;
}

test('every change of a reputation has its reason, and every amount of the pool its owner', async () => {
	const done: [Conduct, Wallet][] = [];
	const first = await chain.disputed();
	const recused = await drawn(first);
	await chain.sendToPool(recused, 'recuse', first);
	const silent = await drawn(first);
	await chain.skip(73);
	await chain.sendToPool(seller, 'replaceArbitrator', first);
	const ruled = await drawn(first);
	await chain.skip(25);
	await chain.sendToPool(ruled, 'resolveDispute', first, 1, zeroHash);
	await chain.skip(49);
	await chain.sendToPool(seller, 'finalise', first);
	done.push(['recused', recused], ['silent', silent], ['unappealed', ruled]);

	// A panel of three overturns: one of them sees it otherwise.
	await chain.approvePool(seller);
	const second = await chain.disputed();
	const wrong = await drawn(second);
	await chain.skip(25);
	await chain.sendToPool(wrong, 'resolveDispute', second, 1, zeroHash);
	await chain.sendToPool(seller, 'appeal', second);
	const panel = await vote(second, [2, 1, 2]);
	await chain.sendToPool(seller, 'finalise', second);
	const [one, against, other] = panel as [Wallet, Wallet, Wallet];
	done.push(
		['overturned', wrong],
		['votedForOutcome', one],
		['votedAgainstOutcome', against],
		['votedForOutcome', other]
	);

	// Another says nothing, and the ruling stands.
	const third = await chain.disputed();
	const right = await drawn(third);
	await chain.skip(25);
	await chain.sendToPool(right, 'resolveDispute', third, 1, zeroHash);
	await chain.sendToPool(seller, 'appeal', third);
	const [absent] = await vote(third, [null, 1, 1]);
	await chain.sendToPool(seller, 'finalise', third);
	done.push(['upheld', right], ['votedNot', absent as Wallet]);
	await followed();

	const seen = new Set<Conduct>();
	for (const [conduct, wallet] of done) {
		const { history, cases, seats } = await getArbitrator(support.context, { wallet });
		const changes = history.filter(({ kind }) => kind === 'reputation');
		for (const { conduct: reason, reputation } of changes) {
			if (reason === null || reputation?.from == null) throw new Error('A change without its reason');
			expect(reputation.to - reputation.from, reason).toBe(reputationChanges[reason]);
			seen.add(reason);
		}
		expect(changes.some((change) => change.conduct === conduct)).toBe(true);
		expect(cases.some((judged) => judged.conduct === conduct)).toBe(true);
		expect(changes[0]?.reputation?.to).toBe(seats[0]?.reputation);
	}
	expect([...seen].sort()).toEqual(Object.keys(reputationChanges).sort());

	// Who stayed silent lost a tenth of the minimum stake, and who ruled has it.
	// The draws decide who comes up again: who was silent here may be so on the panel too.
	const slashesOf = async (wallet: Wallet, caseId: Hex) =>
		(await getArbitrator(support.context, { wallet })).history.filter(
			(event) => event.kind === 'slashed' && event.case === orderKey(chain.config.chainId, caseId)
		);
	expect(await slashesOf(silent, first)).toMatchObject([{ amount: '50000000', conduct: 'silent' }]);
	const judged = (await getArbitrator(support.context, { wallet: ruled })).cases.find(({ caseId }) => caseId === first);
	expect(judged).toMatchObject({ decision: 'Buyer', earned: [{ amount: '55000000' }] });

	// Who was overturned lost what the bench says beforehand.
	const damages = damagesOf({ amount: 5_000_000n, decimals: 6 }, { amount: 500_000_000n, decimals: 6 });
	expect(await slashesOf(wrong, second)).toMatchObject([{ amount: String(damages), conduct: 'overturned' }]);

	// The appellant: the whole deposit but one fee, twice the fee from the stake; a third of the fee for each right vote.
	const waiting = (wallet: Wallet) =>
		waitingFor(support.context, { wallet }).then((all) => all.filter(({ held }) => held === 'pool'));
	const token = chain.config.tokens[0]?.address.toLowerCase() as Wallet;
	const atPool = { chainId: chain.config.chainId, token, held: 'pool' };
	expect(await waiting(seller)).toEqual([{ ...atPool, amount: '20000000' }]);
	await chain.sendToPool(seller, 'withdraw', token, seller);
	await followed();
	expect(await waiting(seller)).toEqual([]);
	expect(await readFigures(support.context)).toMatchObject({
		rulings: { final: 3, upheld: 2 },
		orders: 3,
		disputed: 3
	});
}, 120_000);

test('a list by what is asked for, page by page, without who left', async () => {
	const { items, next } = await listArbitrators(support.context, { sort: 'rulings', limit: 3 });
	const rest = await listArbitrators(support.context, { sort: 'rulings', limit: 3, cursor: next ?? '' });
	const ruled = [...items, ...rest.items].map(({ record }) => record.ruled);
	expect(ruled).toHaveLength(5);
	expect(ruled).toEqual(ruled.toSorted((a, b) => b - a));
	await expect(listArbitrators(support.context, { sort: 'open', cursor: next ?? '' })).rejects.toMatchObject({
		code: 'bad-cursor'
	});
	expect((await listArbitrators(support.context, { chainId: 1 })).items).toEqual([]);

	const [leaves] = items;
	if (leaves === undefined) throw new Error('Nobody is there');
	const { wallet } = leaves;
	expect(await isArbitrator(support.context, { wallet })).toBe(true);
	await chain.sendToPool(wallet, 'requestExit');
	await chain.skip(24 * 14 + 1);
	await chain.sendToPool(wallet, 'withdrawStake', wallet);
	await followed();
	expect((await listArbitrators(support.context, {})).items).toHaveLength(4);
	expect(await isArbitrator(support.context, { wallet })).toBe(false);
	const { history, seats } = await getArbitrator(support.context, { wallet });
	expect(seats).toMatchObject([{ status: 'Left', stake: '0' }]);
	expect(history[0]).toMatchObject({ kind: 'stakeWithdrawn', amount: leaves.stake });

	await expect(getArbitrator(support.context, { wallet: buyer })).rejects.toMatchObject({ code: 'not-found' });
	await expect(getArbitrator(support.context, { wallet: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
});

test('a pool as a newcomer sees it', async () => {
	const [pool] = await readPools(support.context);
	expect(pool).toMatchObject({
		...{ chainId: chain.config.chainId, drawable: 4, rules: { minimumStake: '500000000' } },
		terms: [{ minFee: '5000000', maxAmount: '10000000000' }]
	});
	const { items } = await listArbitrators(support.context, {});
	expect(pool?.totalWeight).toBe(items.reduce((sum, { weight }) => sum + weight, 0));
	expect(pool?.staked).toBe(items.reduce((sum, { stake }) => sum + BigInt(stake), 0n).toString());
});

test('a chain that was taken out of the configuration is listed no more', async () => {
	const { context } = support;
	expect((await listArbitrators(context, {})).items.length).toBeGreaterThan(0);
	const without = { ...context, config: { ...context.config, chains: [] } };
	for (const input of [{}, { chainId: chain.config.chainId }])
		expect((await listArbitrators(without, input)).items).toEqual([]);
});
