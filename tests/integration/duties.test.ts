// Whoever has to act is reminded once, and whoever gains from a call that no keeper makes is told; and what proves that who was drawn knew a party.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orderKey, type Hex, type Wallet } from '#lib/domain/order.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import type { Follower } from '#lib/server/indexer/follow.ts';
import { planNext } from '#lib/server/notify/plan.ts';
import { agendaOf } from '#lib/server/services/agenda.ts';
import { conflictsOf } from '#lib/server/services/conflicts.ts';
import { disputeFacts, disputesAbout } from '#lib/server/services/disputes.ts';
import { withdrawalsSince } from '#lib/server/services/earnings.ts';
import { isForsaken } from '#lib/server/services/forsaken.ts';
import { tellOfDuties } from '#lib/server/services/tell-of-duties.ts';
import { buyer, other, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { followTestChain } from '#tests/support/following.ts';

/** Any 32 bytes. */
const keyHash: Hex = `0x${'4b'.repeat(32)}`;

let chain: TestChain;
let test_: TestContext;
let follower: Follower;
let takeBack: () => Promise<void>;

beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
}, 120_000);
afterAll(() => chain.stop());
beforeEach(async () => {
	takeBack = await chain.snapshot();
	test_ = await testContext([chain.config]);
	follower = followTestChain(test_.context, chain);
});
afterEach(async () => {
	await follower.stop();
	await test_.close();
	await takeBack();
});

const keyOf = (id: Hex) => orderKey(chain.config.chainId, id);
async function dispute(id: Hex) {
	await follower.poll();
	const found = await test_.context.models.cases.findById(keyOf(id)).lean();
	if (found === null) throw new Error('There is no such case');
	return found;
}
async function told(): Promise<[Wallet, unknown][]> {
	await follower.poll();
	await tellOfDuties(test_.context);
	await tellOfDuties(test_.context);
	const rows = await test_.context.models.outbox.find({ kind: 'duty-due' }).lean();
	return rows.map(({ wallet, data }): [Wallet, unknown] => [wallet, data.call]).sort();
}

test('the parties are told that a silent arbitrator can be replaced, then those who gain from the ruling', async () => {
	const id = await chain.disputed();
	expect(await told()).toEqual([]);
	await chain.draw();
	const silent = (await dispute(id)).arbitrator as Wallet;
	expect(await told()).toEqual([]);
	await chain.skip(73);
	const replacement = [buyer, seller].sort().map((wallet) => [wallet, 'replaceArbitrator']);
	expect(await told()).toEqual(replacement);

	await chain.sendToPool(buyer, 'replaceArbitrator', id);
	await chain.draw();
	const ruling = (await dispute(id)).arbitrator as Wallet;
	expect(ruling).not.toBe(silent);
	await chain.skip(25);
	await chain.sendToPool(ruling, 'resolveDispute', id, 2, zeroHash);
	expect(await told()).toEqual(replacement);
	await chain.skip(49);
	const calls = await told();
	expect(calls.filter(([, call]) => call === 'finalise')).toEqual(
		[seller, ruling].sort().map((wallet) => [wallet, 'finalise'])
	);
	const [row] = await test_.context.models.outbox.find({ kind: 'duty-due', wallet: ruling }).lean();
	expect(row?.data).toEqual({ call: 'finalise', party: false });
	expect((await disputesAbout(test_.context, [{ ...(await dispute(id)), status: 'Disputed' }])).cases).toHaveLength(1);

	await chain.sendToPool(other, 'finalise', id);
	const ended = await dispute(id);
	const facts = await disputeFacts(test_.context, ended, ruling);
	const since = { chainId: ended.chainId, createdAt: ended.openedAt };
	const taken = (wallet: Wallet) => withdrawalsSince(test_.context, { wallet }, since);
	// What the silent one lost is the bounty of who ruled, and waits to be withdrawn.
	expect(facts.credits.map(({ wallet }) => wallet)).toEqual([ruling]);
	expect(await taken(ruling)).toEqual([]);
	await chain.sendToPool(ruling, 'withdraw', facts.credits[0]?.token, ruling);
	await follower.poll();
	expect(await taken(ruling)).toMatchObject([{ held: 'pool', token: facts.credits[0]?.token }]);
	expect(await taken(buyer)).toEqual([]);
	expect(facts.panels).toEqual({ voted: 0, overturned: 0 });
	expect(await audit(test_.context)).toEqual([]);
});

test('a dashboard and the order’s page name the accused until they put a fingerprint on the chain, which moves the order on', async () => {
	const id = await chain.disputed();
	const read = async () => {
		await dispute(id);
		return test_.context.models.orders.findById(keyOf(id)).lean().orFail();
	};
	const named = async (wallet: Wallet) => {
		const { unanswered } = await agendaOf(test_.context, { wallet }, [await read()]);
		const { isUnanswered } = await disputeFacts(test_.context, await dispute(id), wallet);
		expect(isUnanswered).toBe(unanswered.length > 0);
		return unanswered;
	};
	expect(await named(seller)).toEqual([keyOf(id)]);
	expect(await named(buyer)).toEqual([]);
	// What the opener adds is no answer.
	await chain.send(buyer, 'submitEvidence', id, keyHash);
	expect(await named(seller)).toEqual([keyOf(id)]);
	const { rev } = await read();
	await chain.send(seller, 'submitEvidence', id, keyHash);
	expect(await named(seller)).toEqual([]);
	// The page reads anew what waits when this changes.
	expect((await read()).rev).toBeGreaterThan(rev);
});

async function reminded(kind: string): Promise<Wallet[]> {
	await told();
	return (await test_.context.models.outbox.find({ kind }).lean()).map(({ wallet }) => wallet).sort();
}

test('a ruling runs out, then votes, then one can be shown: whoever it is asked of is told in time, and once', async () => {
	const id = await chain.disputed();
	await chain.draw();
	const judge = (await dispute(id)).arbitrator as Wallet;
	await chain.skip(47);
	expect(await reminded('ruling-due')).toEqual([]);
	await chain.skip(2);
	expect(await reminded('ruling-due')).toEqual([judge]);

	await chain.sendToPool(judge, 'resolveDispute', id, 1, zeroHash);
	await chain.approvePool(seller);
	await chain.sendToPool(seller, 'appeal', id);
	await chain.draw();
	const panel = (await dispute(id)).appeal?.seats.map(({ wallet }) => wallet).sort() ?? [];
	expect(await reminded('vote-due')).toEqual([]);
	await chain.skip(25);
	expect(await reminded('vote-due')).toEqual(panel);
	const [voter] = panel as [Wallet];
	await chain.sendToPool(voter, 'commitVote', id, keyHash);
	expect(await reminded('vote-open')).toEqual([]);
	await chain.skip(24);
	expect(await reminded('vote-open')).toEqual([voter]);
});

test('whom an order’s timeout pays is told once that it is due, and again where it was put off', async () => {
	const [refunded, released] = [await chain.create(), await chain.create({ releaseHours: 24 })];
	await chain.send(seller, 'sellerConfirmDelivery', released, zeroHash);
	const rows = async () => {
		await told();
		while (await planNext(test_.context));
		const found = await test_.context.models.outbox.find({ kind: 'timeout-due' }).lean();
		return found.map(({ wallet, order, state }) => [wallet, order, state]);
	};
	expect(await rows()).toEqual([]);
	await chain.skip(25);
	const due = [
		[buyer, keyOf(refunded), 'sent'],
		[seller, keyOf(released), 'sent']
	];
	expect(await rows()).toEqual(expect.arrayContaining(due));
	expect(await rows()).toHaveLength(2);

	await chain.send(buyer, 'extend', refunded, 48n);
	await chain.send(other, 'releaseOrder', released);
	await chain.skip(24);
	expect(await rows()).toHaveLength(2);
	await chain.skip(24);
	expect(await rows()).toHaveLength(3);
	// What stands in the outbox no longer is not told anew.
	await chain.skip(40 * 24);
	await test_.context.models.outbox.deleteMany({ kind: 'timeout-due' });
	expect(await rows()).toEqual([]);
});

test('of a timeout too it is told only what a keeper has left', async () => {
	const kept = await testContext([chain.config], { shares: test_, env: { KEEPER_PRIVATE_KEY: keyHash } });
	try {
		const [ended, left] = [await chain.create(), await chain.create()];
		await chain.skip(25);
		await follower.poll();
		await tellOfDuties(kept.context);
		const states = async () => {
			while (await planNext(kept.context));
			const rows = await test_.context.models.outbox.find({ kind: 'timeout-due' }).lean();
			return Object.fromEntries(rows.map(({ order, state }) => [order, state]));
		};
		expect(await states()).toEqual({ [keyOf(ended)]: 'waiting', [keyOf(left)]: 'waiting' });
		await chain.send(other, 'expireOrder', ended);
		await follower.poll();
		kept.setTime(new Date(Date.now() + 11 * 60_000));
		expect(await states()).toEqual({ [keyOf(ended)]: 'skipped', [keyOf(left)]: 'sent' });
	} finally {
		await kept.close();
	}
});

test('beside a keeper it is told only what the keeper has left for minutes', async () => {
	const minutes = (count: number) => new Date(Date.now() + count * 60_000);
	const env = { KEEPER_PRIVATE_KEY: keyHash };
	const kept = await testContext([chain.config], { shares: test_, env });
	try {
		const outcomes = async () => {
			while (await planNext(kept.context));
			const rows = await test_.context.models.outbox.find({ kind: 'duty-due' }).lean();
			return rows.map(({ state }) => state);
		};
		const id = await chain.disputed();
		await chain.draw();
		await chain.skip(73);
		await follower.poll();
		await tellOfDuties(kept.context);
		expect(await outcomes()).toEqual(['waiting', 'waiting']);
		const takeBackCall = await chain.snapshot();
		await chain.sendToPool(other, 'replaceArbitrator', id);
		await follower.poll();
		kept.setTime(minutes(11));
		expect(await outcomes()).toEqual(['skipped', 'skipped']);

		await test_.context.models.outbox.deleteMany({ kind: 'duty-due' });
		await takeBackCall();
		await chain.mine(3);
		await follower.poll();
		kept.setTime(null);
		await tellOfDuties(kept.context);
		kept.setTime(minutes(11));
		expect(await outcomes()).toEqual(['sent', 'sent']);
	} finally {
		await kept.close();
	}
});

test('who waits for the first draw is told once that it can be entered, and not of a place that anybody gave it', async () => {
	const rows = async () => {
		await told();
		const found = await test_.context.models.outbox.find({ kind: 'seat-due' }).lean();
		return found.map(({ wallet, data }) => [wallet, data]);
	};
	await chain.approvePool(seller);
	await chain.approvePool(buyer);
	for (const person of [seller, buyer]) await chain.sendToPool(person, 'register', 500_000_000n);
	expect(await rows()).toEqual([]);
	await chain.skip(7 * 24 + 1);
	await chain.sendToPool(other, 'activate', buyer);
	const due = [[seller, { chainId: chain.config.chainId }]];
	expect(await rows()).toEqual(due);
	while (await planNext(test_.context));
	expect(await test_.context.models.notifications.countDocuments({ kind: 'seat-due', wallet: seller })).toBe(1);
	await chain.sendToPool(other, 'activate', seller);
	expect(await rows()).toEqual(due);
});

describe('after the escrow’s ninety days', () => {
	const forsaken = async (id: Hex) => {
		const of = await dispute(id);
		const order = await test_.context.models.orders.findById(keyOf(id)).lean().orFail();
		return isForsaken(test_.context, order, of);
	};
	/** The pool reverts, whatever it is asked. */
	const breakPool = () => chain.rpc('anvil_setCode', chain.config.pool, '0x5f5ffd');

	async function ruled(): Promise<Hex> {
		const id = await chain.disputed();
		await chain.draw();
		await chain.skip(25);
		await chain.sendToPool((await dispute(id)).arbitrator as Wallet, 'resolveDispute', id, 1, zeroHash);
		return id;
	}

	test('halves by the escrow are offered only once the pool refuses to end a dispute', async () => {
		const ids = [await ruled(), await chain.disputed()];
		const all = () => Promise.all(ids.map(forsaken));
		await chain.skip(88 * 24);
		const mend = await chain.snapshot();
		await breakPool();
		expect(await all()).toEqual([false, false]);
		await mend();
		await chain.skip(3 * 24);
		expect(await all()).toEqual([false, false]);
		await breakPool();
		expect(await all()).toEqual([true, true]);
		await chain.send(buyer, 'forceStalemate', ids[1]);
		expect(await all()).toEqual([true, false]);
	});
});

test('an order of another day between who was drawn and a party is found, and the contract takes it', async () => {
	await chain.skip(24);
	const ids = [await chain.disputed()];
	await chain.draw();
	const drawn = (await dispute(ids[0] as Hex)).arbitrator as Wallet;
	await chain.send(seller, 'refundBuyer', ids[0]);

	// Whoever was drawn is named as a seller: no conflict before it confirms.
	const named = { ...chain.params({ amount: 20_000_000n }), seller: drawn };
	await chain.send(buyer, 'createOrder', named);
	await follower.poll();
	const [proof] = await test_.context.models.orders.find({ seller: drawn }).lean();
	if (proof === undefined) throw new Error('The order was not created');
	await chain.send(drawn, 'sellerConfirmDelivery', proof.orderId, zeroHash);
	await chain.skip(24);

	// The draw is at random: until the same one is drawn again.
	for (let attempt = 0; ; attempt++) {
		if (attempt === 60) throw new Error('The same arbitrator was not drawn again in 60 cases');
		const id = await chain.disputed();
		await chain.draw();
		const one = await dispute(id);
		const found = await conflictsOf(test_.context, one);
		if (one.arbitrator !== drawn) {
			expect(found).toEqual([]);
			await chain.send(seller, 'refundBuyer', id);
			continue;
		}
		expect(found).toEqual([{ wallet: drawn, orderId: proof.orderId, createdAt: proof.createdAt }]);
		await chain.sendToPool(buyer, 'challengeConflict', id, proof.orderId);
		const after = await dispute(id);
		expect(after).toMatchObject({ status: 'Waiting', arbitrators: [{ wallet: drawn, left: 'conflicted' }] });
		expect(await conflictsOf(test_.context, after)).toEqual([]);
		break;
	}
}, 120_000);
