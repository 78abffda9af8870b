// Who is away is asked to let an arbitrator read, once; who did so already, or does it then, has nothing left to be told.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readersOf, type CaseDocument } from '#lib/domain/case.ts';
import { makeKeySet } from '#lib/crypto/conversation.ts';
import { publicKeysOf } from '#lib/crypto/identity.ts';
import { conversationId } from '#lib/domain/conversation.ts';
import { grantingMilliseconds } from '#lib/domain/notice.ts';
import { orderKey } from '#lib/domain/order.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { planNext } from '#lib/server/notify/plan.ts';
import { agendaOf } from '#lib/server/services/agenda.ts';
import { putKeySet } from '#lib/server/services/key-sets.ts';
import { publishKeys } from '#lib/server/services/keys.ts';
import { listNotices } from '#lib/server/services/notices.ts';
import { tell } from '#lib/server/services/outbox.ts';
import { aCase } from '#tests/support/case.ts';
import { openLive, startLiveNode, Watching, type LiveNode } from '#tests/support/live.ts';
import { anOrder } from '#tests/support/order.ts';
import { aPerson, scope, type Person } from '#tests/support/people.ts';
import { aTalk, start, type Talk } from '#tests/support/talk.ts';

let node: LiveNode;
let buyer: Person;
let seller: Person;
let arbitrator: Person;
let recused: Person;
let talk: Talk;
let order: string;
let count = 0;

beforeAll(async () => {
	node = await startLiveNode();
	[buyer, seller, arbitrator, recused] = await Promise.all([
		aPerson('buyer who lets read'),
		aPerson('seller who is away'),
		aPerson('arbitrator who is let'),
		aPerson('arbitrator who left')
	]);
	for (const person of [buyer, seller, arbitrator, recused])
		for (const entry of person.entries) await publishKeys(node.context, person, entry);
});
afterAll(() => node?.close());
beforeEach(async () => {
	const { context } = node;
	talk = await aTalk(buyer, seller, `granted ${++count}`);
	if (talk.conversation.kind !== 'order') throw new Error('an order');
	const { orderId } = talk.conversation;
	order = orderKey(scope.chainId, orderId);
	const place = { _id: order, chainId: scope.chainId, orderId, buyer: buyer.wallet, seller: seller.wallet };
	const dispute = aCase(place, recused.wallet, arbitrator.wallet);
	const unknown = { product: null, quantity: null, termsMatch: null, termsDiffer: [] };
	const facts = { ...place, rev: 1, status: 'Disputed' as const, arbitrators: readersOf(dispute) };
	await context.models.orders.create([{ ...anOrder(), ...facts, ...unknown }]);
	await context.models.cases.create([dispute]);
	await putKeySet(context, buyer, talk.keySet);
	await inTransaction(context.db, (session) =>
		tell(
			context,
			session,
			[buyer, seller].map(({ wallet }) => ({ id: `${order}:${wallet}`, wallet, kind: 'grant-asked', order, data: {} }))
		)
	);
});

function grant(maker: Person, to: Person): Promise<void> {
	const { key, conversation } = talk;
	const set = makeKeySet(key, conversation, maker.identity, [publicKeysOf(to.identity)], new Date(start.getTime() + 1));
	return putKeySet(node.context, maker, set);
}

async function asked({ wallet }: Person) {
	const { items } = await listNotices(node.context, { wallet }, {});
	return items.filter((notice) => notice.order === order).map(({ kind, readAt }) => [kind, readAt !== null]);
}

/** Whether somebody's dashboard says that whoever decides waits for their keys. */
async function isNamed({ wallet }: Person): Promise<boolean> {
	const found = await node.context.models.orders.findById(order).lean().orFail();
	return (await agendaOf(node.context, { wallet }, [found])).ungranted.includes(order);
}

async function tellAll(): Promise<void> {
	while (await planNext(node.context));
}

test('who let the arbitrator read is not asked, who did not is, until they do', async () => {
	await grant(buyer, arbitrator);
	await tellAll();
	expect(await asked(buyer)).toEqual([]);
	expect(await asked(seller)).toEqual([['grant-asked', false]]);
	await grant(seller, arbitrator);
	expect(await asked(seller)).toEqual([['grant-asked', true]]);
});

test('a dashboard names the party whose keys the arbitrator waits for, until they are given, and hears of it live', async () => {
	expect([await isNamed(buyer), await isNamed(seller), await isNamed(arbitrator)]).toEqual([true, true, false]);
	const own = openLive(node, (await node.signIn(seller.wallet)).cookie);
	try {
		const given = await new Watching(own, 'givenKeys', {}).live();
		const before = given.rows[0]?._id;
		await grant(buyer, arbitrator);
		expect([await isNamed(buyer), await isNamed(seller)]).toEqual([false, true]);
		expect(given.rows[0]?._id).toBe(before);
		await grant(seller, arbitrator);
		await given.until(({ rows }) => rows[0] !== undefined && rows[0]._id !== before);
		expect(await isNamed(seller)).toBe(false);
	} finally {
		own.close();
	}
});

test('nothing is asked for a draw that a reorganisation can take back, nor for whoever has ruled; a panel is', async () => {
	const { cases } = node.context.models;
	const set = (change: Partial<CaseDocument>) => cases.updateOne({ _id: order }, { $set: change });
	await set({ final: false });
	expect(await isNamed(seller)).toBe(false);
	await set({ final: true, status: 'Ruled', ruling: 'Buyer' });
	expect(await isNamed(seller)).toBe(false);
	await tellAll();
	expect(await asked(seller)).toEqual([]);
	const panelist = await aPerson(`panelist of ${order}`);
	for (const entry of panelist.entries) await publishKeys(node.context, panelist, entry);
	const seats = [{ wallet: panelist.wallet, status: 'Seated' as const, vote: null }];
	const appeal = { appellant: seller.wallet, deposit: '15000000', at: new Date(), round: 8, seats };
	await set({ status: 'PanelSeated', appeal });
	expect(await isNamed(seller)).toBe(true);
});

test('new keys of whoever has ruled are asked for by nobody', async () => {
	const { context } = node;
	const ruled = await aPerson(`arbitrator who ruled ${order}`);
	const dispute = await context.models.cases.findById(order).lean().orFail();
	await context.models.cases.deleteOne({ _id: order });
	const held = aCase({ ...dispute, orderId: dispute.caseId }, ruled.wallet);
	await context.models.cases.create([{ ...held, status: 'Ruled', ruling: 'Buyer' }]);
	for (const entry of ruled.entries) await publishKeys(context, ruled, entry);
	expect(await context.models.outbox.countDocuments({ order, _id: /^grant-asked:/ })).toBe(0);
});

test('nobody is asked before there are keys to give copies for, and both are once there are', async () => {
	const { context } = node;
	const late = await aPerson(`arbitrator of ${order}`);
	const dispute = await context.models.cases.findById(order).lean().orFail();
	await context.models.cases.deleteOne({ _id: order });
	await context.models.cases.create([aCase({ ...dispute, orderId: dispute.caseId }, late.wallet)]);
	await tellAll();
	expect(await asked(seller)).toEqual([]);
	for (const entry of late.entries) await publishKeys(context, late, entry);
	await tellAll();
	expect(await asked(seller)).toEqual([]);
	const later = { ...context, now: () => new Date(Date.now() + grantingMilliseconds) };
	while (await planNext(later));
	for (const party of [buyer, seller]) expect(await asked(party)).toEqual([['grant-asked', false]]);
});

test('nobody is asked for a dispute that has ended', async () => {
	await node.context.models.cases.updateOne({ _id: order }, { $set: { status: 'Closed' } });
	await tellAll();
	expect(await asked(seller)).toEqual([]);
});

test('nobody can give a copy to whoever handed the case back', async () => {
	await expect(grant(buyer, recused)).rejects.toMatchObject({ data: { reason: 'holder' } });
});

test('the arbitrator hears of a copy by the conversation’s row; the sets are watched by the two alone', async () => {
	const { context } = node;
	const id = conversationId(talk.conversation);
	await context.models.conversations.updateOne({ _id: id }, { $set: { arbitrators: [arbitrator.wallet] } });
	const open = async (person: Person) => openLive(node, (await node.signIn(person.wallet)).cookie);
	const [own, sellers] = [await open(arbitrator), await open(seller)];
	try {
		const row = await new Watching(own, 'conversation', { id }).live();
		const sets = new Watching(own, 'orderKeys', { conversation: id });
		const sellersSets = await new Watching(sellers, 'orderKeys', { conversation: id }).live();
		const before = row.data?.rev ?? 0;
		await grant(buyer, arbitrator);
		await row.until(({ data }) => (data?.rev ?? 0) > before);
		await sellersSets.until(({ rows }) => rows.length === 2);
		expect(sets.rows).toEqual([]);
	} finally {
		own.close();
		sellers.close();
	}
});

test('the conversation’s row tells the arbitrator of what is new, and of nothing that is private', async () => {
	const { context } = node;
	const id = conversationId(talk.conversation);
	await context.models.conversations.updateOne({ _id: id }, { $set: { arbitrators: [arbitrator.wallet] } });
	const open = async (person: Person) => openLive(node, (await node.signIn(person.wallet)).cookie);
	const [own, others] = [await open(arbitrator), await open(recused)];
	try {
		const row = await new Watching(own, 'conversation', { id }).live();
		const none = new Watching(others, 'conversation', { id });
		await none.until(({ state }) => state.status === 'denied');
		expect(row.data).toMatchObject({ _id: id, unread: 0 });
		expect(none.rows).toEqual([]);
		await context.models.conversations.updateOne({ _id: id }, { $inc: { count: 1 } });
		await row.until(({ data }) => data?.count === 1);
		await context.models.conversations.updateOne({ _id: id }, { $set: { arbitrators: [] } });
		await row.until(({ data }) => data === null);
	} finally {
		own.close();
		others.close();
	}
});
