// That somebody wrote: told once a conversation, to who has not read it within a minute, and never what was written.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LiveConnection } from '#lib/client/live-connection.ts';
import { conversationId } from '#lib/domain/conversation.ts';
import { orderKey } from '#lib/domain/order.ts';
import { planNext } from '#lib/server/notify/plan.ts';
import { markRead } from '#lib/server/services/conversations.ts';
import { putKeySet } from '#lib/server/services/key-sets.ts';
import { publishKeys } from '#lib/server/services/keys.ts';
import { postMessage, type PostMessageInput } from '#lib/server/services/messages.ts';
import { listNotices } from '#lib/server/services/notices.ts';
import { openLive, startLiveNode, Watching, type LiveNode } from '#tests/support/live.ts';
import { anOrder } from '#tests/support/order.ts';
import { aPerson, scope, type Person } from '#tests/support/people.ts';
import { aTalk, type Talk } from '#tests/support/talk.ts';

let node: LiveNode;
let buyer: Person;
let seller: Person;
let talk: Talk;
let id: string;
let live: LiveConnection;
let count = 0;

beforeAll(async () => {
	node = await startLiveNode();
	[buyer, seller] = await Promise.all([aPerson('buyer who writes'), aPerson('seller who is told')]);
	for (const person of [buyer, seller])
		for (const entry of person.entries) await publishKeys(node.context, person, entry);
	live = openLive(node, (await node.signIn(seller.wallet)).cookie);
});
afterAll(async () => {
	live?.close();
	await node?.close();
});
beforeEach(async () => {
	talk = await aTalk(buyer, seller, `told ${++count}`);
	id = conversationId(talk.conversation);
	if (talk.conversation.kind !== 'order') throw new Error('an order');
	const { orderId } = talk.conversation;
	await node.context.models.orders.create([
		{
			...anOrder(),
			...{ _id: orderKey(scope.chainId, orderId), chainId: scope.chainId, orderId, rev: 1, status: 'Created' },
			...{ buyer: buyer.wallet, seller: seller.wallet, arbitrators: [], product: null, quantity: null },
			...{ termsMatch: null, termsDiffer: [] }
		}
	]);
	await putKeySet(node.context, buyer, talk.keySet);
});

async function write(text: string): Promise<void> {
	await postMessage(node.context, buyer, (await talk.say(buyer, text)) as PostMessageInput);
}

/** Tells what is due in so many seconds. */
async function tellIn(seconds: number): Promise<void> {
	const context = { ...node.context, now: () => new Date(Date.now() + seconds * 1000) };
	while (await planNext(context));
}

async function notices() {
	const { items } = await listNotices(node.context, seller, {});
	return items.filter(({ data }) => data.conversation === id);
}

test('one notice for all that waits, live, without a word of it; reading the conversation reads it', async () => {
	const unread = await new Watching(live, 'unreadNotices', {}).live();
	await write('Secret words');
	await write('More of them');
	await tellIn(50);
	expect(await notices()).toEqual([]);
	await tellIn(61);
	const [notice, ...others] = await notices();
	expect(others).toEqual([]);
	expect(notice).toMatchObject({ kind: 'message', readAt: null, data: { conversation: id, position: 1 } });
	await unread.until(({ data }) => data?.total === 1);
	await write('And more');
	await tellIn(200);
	expect(await notices()).toHaveLength(1);

	await markRead(node.context, seller, { conversation: id, position: 3 });
	await unread.until(({ data }) => data?.total === 0);
	await write('Something new');
	await tellIn(200);
	expect(await notices()).toMatchObject([{ readAt: null }, { readAt: expect.any(Date) }]);
	await markRead(node.context, seller, { conversation: id, position: 4 });
});

test('whoever reads within a minute is not told', async () => {
	await write('Are you there?');
	await markRead(node.context, seller, { conversation: id, position: 1 });
	await tellIn(200);
	expect(await notices()).toEqual([]);
	expect(await node.context.models.outbox.countDocuments({ state: 'skipped' })).toBe(1);
});
