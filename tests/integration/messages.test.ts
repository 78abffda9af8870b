// Messages between two people as a node relays them: who may, in which order, what is kept, and what each page is shown.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LiveConnection } from '#lib/client/live-connection.ts';
import { readersOf } from '#lib/domain/case.ts';
import { createConversationKey, makeKeySet } from '#lib/crypto/conversation.ts';
import { BadSignature, KeyRefused, KeySetRefused, MessageRefused } from '#lib/crypto/errors.ts';
import { publicKeysOf } from '#lib/crypto/identity.ts';
import { openMessage } from '#lib/crypto/message.ts';
import { signReceipt } from '#lib/crypto/receipt.ts';
import {
	conversationId,
	KeyNotShared,
	keySetsLimit,
	KeySetTaken,
	lastTime,
	NotErasable,
	NotNext
} from '#lib/domain/conversation.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { orderKey, type OrderDocument, type OrderStatus } from '#lib/domain/order.ts';
import { listConversations, markRead } from '#lib/server/services/conversations.ts';
import { appendToUpload, beginUpload, cleanFiles, getFile } from '#lib/server/services/files.ts';
import { listKeySets, putKeySet } from '#lib/server/services/key-sets.ts';
import { publishKeys } from '#lib/server/services/keys.ts';
import {
	eraseMessages,
	listMessages,
	messagesAt,
	postMessage,
	postReceipts,
	type PostMessageInput
} from '#lib/server/services/messages.ts';
import { aCase } from '#tests/support/case.ts';
import { iterate } from '#tests/support/evidence.ts';
import { openLive, startLiveNode, Watching, type LiveNode } from '#tests/support/live.ts';
import { aListedProduct, storeTokenEvents } from '#tests/support/market.ts';
import { anOrder } from '#tests/support/order.ts';
import { aHash, aPerson, scope, seeded, withNewKeys, type Person } from '#tests/support/people.ts';
import { aDevice, aTalk, start, type Talk } from '#tests/support/talk.ts';

let node: LiveNode;
let buyer: Person;
let seller: Person;
let stranger: Person;
let arbitrator: Person;
const open: LiveConnection[] = [];

beforeAll(async () => {
	node = await startLiveNode();
	const [chain] = node.context.config.chains;
	if (chain === undefined) throw new Error('a chain');
	await storeTokenEvents(node.context, chain);
	[buyer, seller, stranger, arbitrator] = await Promise.all([
		aPerson('buyer who writes'),
		aPerson('seller who answers'),
		aPerson('stranger who listens'),
		aPerson('arbitrator who reads')
	]);
	for (const person of [buyer, seller, stranger, arbitrator])
		for (const entry of person.entries) await publishKeys(node.context, person, entry);
});
afterEach(() => {
	for (const live of open.splice(0)) live.close();
});
afterAll(() => node?.close());

let talk: Talk;
let id: string;
let count = 0;
beforeEach(async () => {
	talk = await anOrdersTalk();
	id = conversationId(talk.conversation);
	await putKeySet(node.context, buyer, talk.keySet);
});

async function anOrdersTalk(status: OrderStatus = 'Created'): Promise<Talk> {
	const one = await aTalk(buyer, seller, `talk ${++count}`);
	if (one.conversation.kind !== 'order') throw new Error('an order');
	const { orderId } = one.conversation;
	const order: OrderDocument = {
		...anOrder(),
		...{ _id: orderKey(scope.chainId, orderId), chainId: scope.chainId, orderId, rev: 1 },
		...{ buyer: buyer.wallet, seller: seller.wallet, status, arbitrators: [] },
		...{ product: null, quantity: null, termsMatch: null, termsDiffer: [] }
	};
	await node.context.models.orders.create([order]);
	return one;
}

/** Somebody was drawn to decide about the talk's order, and everybody before them handed it back. */
async function draw(...people: Person[]): Promise<void> {
	const { conversation } = talk;
	if (conversation.kind !== 'order') throw new Error('an order');
	const { chainId, orderId } = conversation;
	const _id = orderKey(chainId, orderId);
	const wallets = people.map(({ wallet }) => wallet);
	const dispute = aCase({ _id, chainId, orderId, buyer: buyer.wallet, seller: seller.wallet }, ...wallets);
	await setOrder({ status: 'Disputed', arbitrators: readersOf(dispute) });
	await node.context.models.cases.deleteOne({ _id });
	await node.context.models.cases.create([dispute]);
}

function setOrder(change: Partial<OrderDocument>): Promise<unknown> {
	const { conversation } = talk;
	if (conversation.kind !== 'order') throw new Error('an order');
	return node.context.models.orders
		.updateOne({ _id: orderKey(conversation.chainId, conversation.orderId) }, { $set: change })
		.exec();
}

const input = (record: Awaited<ReturnType<Talk['say']>>) => record as PostMessageInput;

async function page(person: Person): Promise<LiveConnection> {
	const live = openLive(node, (await node.signIn(person.wallet)).cookie);
	open.push(live);
	return live;
}

describe('a message', () => {
	test('is kept as it was sealed, once, and the other side opens it', async () => {
		const { context } = node;
		const records = [await talk.say(buyer, 'Is it still there?'), await talk.say(seller, 'It is.')];
		for (const [at, record] of records.entries()) {
			const author = record.author === buyer.wallet ? buyer : seller;
			const answers = [
				await postMessage(context, author, input(record)),
				await postMessage(context, author, input(record))
			];
			expect(answers.map(({ position }) => position)).toEqual([at + 1, at + 1]);
			expect(answers[0]?.id).toBe(answers[1]?.id);
		}
		const kept = await listMessages(context, seller, { conversation: id });
		expect(kept.map(({ position }) => position)).toEqual([2, 1]);
		const opened = await Promise.all(kept.map((record) => openMessage(record, talk.view)));
		expect(opened.map(({ body }) => body.kind === 'text' && body.text)).toEqual(['It is.', 'Is it still there?']);
		expect(await listMessages(context, seller, { conversation: id, before: 2, limit: 1 })).toEqual(kept.slice(1));
		const [first] = records;
		if (first === undefined) throw new Error('a message');
		const places = [
			{ author: first.author, device: first.device, seq: 1 },
			{ author: first.author, device: first.device, seq: 9 }
		];
		expect(await messagesAt(context, buyer, { conversation: id, places })).toEqual(kept.slice(1));
	});

	test('is of a time that is a date', async () => {
		const record = await talk.say(buyer, 'from far away');
		const far = postMessage(node.context, buyer, input({ ...record, sentAt: lastTime + 1 }));
		await expect(far).rejects.toThrow(InvalidInput);
		await postMessage(node.context, buyer, input({ ...record, sentAt: lastTime }));
	});

	test('stands in its device’s chain: nothing is left out, repeated or put in its place', async () => {
		const { context } = node;
		const [one, two, three] = [await talk.say(buyer, '1'), await talk.say(buyer, '2'), await talk.say(buyer, '3')];
		await expect(postMessage(context, buyer, input(two))).rejects.toMatchObject({
			constructor: NotNext,
			data: { stored: 0 }
		});
		await postMessage(context, buyer, input(one));
		await expect(postMessage(context, buyer, input(three))).rejects.toMatchObject({ data: { stored: 1 } });
		await postMessage(context, buyer, input(two));
		const other = await aTalk(buyer, seller, 'fork', talk.conversation);
		const fork = await other.say(buyer, 'another first');
		await expect(postMessage(context, buyer, input({ ...fork, keyId: one.keyId }))).rejects.toMatchObject({
			data: { stored: 2 }
		});
		await postMessage(context, buyer, input(three));
		// Another device of the same person begins a chain of its own.
		await postMessage(context, buyer, input(await talk.say(buyer, 'from my phone', aDevice('phone'))));
		expect(await listMessages(context, buyer, { conversation: id })).toHaveLength(4);
	});

	test('that many browsers send at once gets a position each, and unread counts are right', async () => {
		const { context } = node;
		const records = await Promise.all(
			Array.from({ length: 12 }, (_, at) => talk.say(at % 2 ? buyer : seller, `${at}`, aDevice(`device ${at}`)))
		);
		await Promise.all(
			records.map((record) => postMessage(context, record.author === buyer.wallet ? buyer : seller, input(record)))
		);
		const kept = await listMessages(context, buyer, { conversation: id });
		expect(kept.map(({ position }) => position)).toEqual(Array.from({ length: 12 }, (_, at) => 12 - at));
		const row = await context.models.conversations.findById(id).lean();
		expect(row).toMatchObject({ count: 12, unread: { buyer: 6, seller: 6 }, order: expect.any(String), product: null });

		const half = kept.filter(({ position, author }) => position > 6 && author === seller.wallet).length;
		await markRead(context, buyer, { conversation: id, position: 6 });
		await markRead(context, buyer, { conversation: id, position: 3 });
		expect((await context.models.conversations.findById(id).lean())?.unread).toEqual({ buyer: half, seller: 6 });
		await markRead(context, buyer, { conversation: id, position: 12 });
		expect((await context.models.conversations.findById(id).lean())?.unread).toEqual({ buyer: 0, seller: 6 });
	});

	test('is refused where it is another’s, altered, under a key that nobody was given, or names a file that is not here', async () => {
		const { context } = node;
		const record = await talk.say(buyer, 'mine');
		await expect(postMessage(context, seller, input(record))).rejects.toThrow(InvalidInput);
		await expect(postMessage(context, stranger, input({ ...record, author: stranger.wallet }))).rejects.toThrow(
			NotFound
		);
		await expect(postMessage(context, buyer, input({ ...record, hash: aHash('x') }))).rejects.toThrow(InvalidInput);
		await expect(postMessage(context, buyer, input({ ...record, sealed: 'AQ' }))).rejects.toThrow(InvalidInput);
		await expect(postMessage(context, buyer, input({ ...record, keyId: aHash('x') }))).rejects.toThrow(KeyNotShared);
		const files = [{ cid: `b${'a'.repeat(58)}`, size: 3 }];
		await expect(postMessage(context, buyer, input({ ...record, files }))).rejects.toThrow(NotFound);
		for (const wrong of [
			'',
			'order:1:0x:0x',
			id.replace('e5', 'e6'),
			id.toUpperCase(),
			`product:${'0'.repeat(32)}:${buyer.wallet}`
		])
			await expect(postMessage(context, buyer, input({ ...record, conversation: wrong }))).rejects.toThrow(NotFound);
		expect(await listMessages(context, buyer, { conversation: id })).toEqual([]);
		expect((await context.models.conversations.findById(id).lean())?.count).toBe(0);
	});

	test('keeps its files for as long as it is kept, and only those of its own conversation', async () => {
		const { context } = node;
		const order = id.replace(/^order:(\d+):0x\w+:/, '$1:');
		const bytes = Buffer.from('an opaque file');
		const announced = { purpose: 'message', order, size: bytes.byteLength } as const;
		const upload = await beginUpload(context, buyer, announced);
		const { cid } = await appendToUpload(context, buyer, { id: upload.id, offset: 0 }, iterate([bytes]));
		if (cid === null) throw new Error('stored');
		const record = { ...(await talk.say(buyer, 'with a file')), files: [{ cid, size: bytes.byteLength }] };

		const elsewhere = await anOrdersTalk();
		const there = conversationId(elsewhere.conversation);
		await putKeySet(context, buyer, elsewhere.keySet);
		const moved = { ...record, ...(await elsewhere.say(buyer, 'x')), conversation: there, files: record.files };
		await expect(postMessage(context, buyer, input(moved))).rejects.toThrow(NotFound);

		await postMessage(context, buyer, input(record));
		await cleanFiles({ ...context, now: () => new Date(Date.now() + 7 * 86_400_000) });
		expect((await getFile(context, seller, { cid })).size).toBe(bytes.byteLength);
		await expect(getFile(context, stranger, { cid })).rejects.toThrow(NotFound);
	});
});

describe('a conversation', () => {
	test('about a product is begun by who asks, and goes on when the listing ends', async () => {
		const { context } = node;
		const product = await aListedProduct(context, seller.account);
		const about = await aTalk(buyer, seller, `asks ${product.id}`, {
			kind: 'product',
			product: product.id,
			buyer: buyer.wallet
		});
		const name = conversationId(about.conversation);
		const answer = await about.say(seller, 'Hello, do you want to buy?');
		await expect(postMessage(context, seller, input(answer))).rejects.toThrow(NotFound);
		await expect(putKeySet(context, stranger, about.keySet)).rejects.toThrow(NotFound);
		await putKeySet(context, buyer, about.keySet);
		await postMessage(context, buyer, input(await about.say(buyer, 'Does it work?')));
		await context.models.products.updateOne({ _id: product.id }, { $set: { status: 'paused' } });
		await postMessage(context, seller, input(answer));
		expect(await listMessages(context, buyer, { conversation: name })).toHaveLength(2);
		await expect(listMessages(context, stranger, { conversation: name })).rejects.toThrow(NotFound);

		const [latest] = (await listConversations(context, seller, {})).items;
		expect(latest).toMatchObject({ _id: name, product: product.id, order: null, lastAuthor: seller.wallet });
		expect((await listConversations(context, stranger, {})).items).toEqual([]);
		// Nobody talks to themselves.
		const own = conversationId({ kind: 'product', product: product.id, buyer: seller.wallet });
		await expect(listMessages(context, seller, { conversation: own })).rejects.toThrow(NotFound);
	});

	test('is read, not written, by an arbitrator who was drawn for its order', async () => {
		const { context } = node;
		await postMessage(context, buyer, input(await talk.say(buyer, 'to be judged')));
		await expect(listMessages(context, arbitrator, { conversation: id })).rejects.toThrow(NotFound);
		await draw(arbitrator);
		expect(await listMessages(context, arbitrator, { conversation: id })).toHaveLength(1);
		const grant = makeKeySet(talk.key, talk.conversation, seller.identity, [publicKeysOf(arbitrator.identity)], start);
		await putKeySet(context, seller, grant);
		expect(await listKeySets(context, arbitrator, { conversation: id })).toEqual([talk.keySet, grant]);
		const record = { ...(await talk.say(buyer, 'x')), author: arbitrator.wallet };
		await expect(postMessage(context, arbitrator, input(record))).rejects.toThrow(NotFound);
		await expect(markRead(context, arbitrator, { conversation: id, position: 1 })).rejects.toThrow(NotFound);
	});

	test('is read by an arbitrator up to the end of the case', async () => {
		const { context } = node;
		await postMessage(context, buyer, input(await talk.say(buyer, 'before the end')));
		await draw(arbitrator);
		const row = { _id: id };
		await context.models.conversations.updateOne(row, { arbitrators: [arbitrator.wallet] });
		const watching = new Watching(await page(arbitrator), 'conversation', { id });
		expect((await watching.live()).data).toMatchObject({ count: 1 });
		await context.models.conversations.updateOne(row, { caseEndedAt: new Date() });
		await watching.until(({ data }) => data === null);
		await new Promise((resolve) => setTimeout(resolve, 2));

		const later = await talk.say(seller, 'my address, for the refund');
		await postMessage(context, seller, input(later));
		const made = await createConversationKey(talk.conversation, seeded('after the end'));
		const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
		await putKeySet(context, seller, makeKeySet(made, talk.conversation, seller.identity, both, new Date(2)));
		const of = { conversation: id };
		expect((await listMessages(context, arbitrator, of)).map(({ position }) => position)).toEqual([1]);
		const places = [{ author: later.author, device: later.device, seq: later.seq }];
		expect(await messagesAt(context, arbitrator, { ...of, places })).toEqual([]);
		expect(await listKeySets(context, arbitrator, of)).toEqual([talk.keySet]);
		expect(await listMessages(context, buyer, of)).toHaveLength(2);
		expect(await listKeySets(context, buyer, of)).toHaveLength(2);
	});

	test('is read no more by whoever lost the case, and nobody gives them a key', async () => {
		const { context } = node;
		await draw(stranger, arbitrator);
		await expect(listMessages(context, stranger, { conversation: id })).rejects.toThrow(NotFound);
		await expect(listKeySets(context, stranger, { conversation: id })).rejects.toThrow(NotFound);
		expect(await listKeySets(context, arbitrator, { conversation: id })).toHaveLength(1);
		const keys = [publicKeysOf(arbitrator.identity), publicKeysOf(stranger.identity)];
		const grant = makeKeySet(talk.key, talk.conversation, seller.identity, keys, start);
		await expect(putKeySet(context, seller, grant)).rejects.toThrow(KeySetRefused);
	});
});

describe('a set of keys', () => {
	test('for an arbitrator’s newer keys takes the place of the one before, and has a room of its own', async () => {
		const { context } = node;
		const { conversation, key } = talk;
		const seat = await aPerson(`arbitrator of talk ${count}`);
		await draw(seat);
		let current = seat;
		for (const entry of current.entries) await publishKeys(context, current, entry);
		const grant = (at: number) =>
			putKeySet(
				context,
				buyer,
				makeKeySet(key, conversation, buyer.identity, [publicKeysOf(current.identity)], new Date(start.getTime() + at))
			);
		await grant(1);
		for (let at = 2; at < 5; at++) {
			current = await withNewKeys(current, 'continued');
			await publishKeys(context, current, current.entries.at(-1) as (typeof current.entries)[number]);
			await grant(at);
		}
		const given = (await listKeySets(context, seat, { conversation: id })).filter(
			({ madeAt }) => madeAt > start.getTime()
		);
		expect(given.map(({ wraps }) => wraps.map(({ epoch }) => epoch))).toEqual([[current.identity.epoch]]);

		// All the room of one kind leaves the other its own.
		const rows = Array.from({ length: keySetsLimit }, (_, at) => ({
			...{ ...given[0], _id: `${id}:${at}`, parties: [buyer.wallet, seller.wallet] },
			...{ maker: buyer.wallet, madeAt: at + 1, keyId: aHash(`${at}`), conversation: id }
		}));
		await context.models.orderKeys.create(rows as never);
		const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
		await putKeySet(context, buyer, makeKeySet(key, conversation, buyer.identity, both, new Date(9)));
		const another = await createConversationKey(conversation, seeded('another'));
		const more = makeKeySet(another, conversation, buyer.identity, [publicKeysOf(current.identity)], new Date(10));
		await expect(putKeySet(context, buyer, more)).rejects.toMatchObject({ data: { reason: 'limit' } });

		await context.models.conversations.updateOne({ _id: id }, { caseEndedAt: new Date() });
		await expect(grant(6)).rejects.toThrow(KeySetRefused);
	});

	test('is its maker’s, for parties and drawn arbitrators alone, and cannot take another’s place', async () => {
		const { context } = node;
		await putKeySet(context, buyer, talk.keySet);
		await expect(putKeySet(context, seller, talk.keySet)).rejects.toThrow(KeySetRefused);
		const { conversation, key } = talk;
		const made = (maker: Person, holders: Person[], at = start, of = key) =>
			makeKeySet(
				of,
				conversation,
				maker.identity,
				holders.map(({ identity }) => publicKeysOf(identity)),
				at
			);
		await expect(putKeySet(context, buyer, made(buyer, [buyer, stranger]))).rejects.toThrow(KeySetRefused);
		await expect(putKeySet(context, buyer, made(buyer, [buyer, arbitrator]))).rejects.toThrow(KeySetRefused);
		await expect(putKeySet(context, stranger, made(stranger, [buyer]))).rejects.toThrow(NotFound);
		await expect(putKeySet(context, buyer, made(buyer, [buyer]))).rejects.toThrow(KeySetTaken);
		const forged = { ...made(buyer, [buyer, seller], new Date(2)), signature: talk.keySet.signature };
		await expect(putKeySet(context, buyer, forged)).rejects.toThrow(BadSignature);
		const holder = publicKeysOf(seller.identity);
		const swapped = makeKeySet(
			key,
			conversation,
			buyer.identity,
			[{ ...holder, x25519: publicKeysOf(stranger.identity).x25519 }],
			new Date(3)
		);
		await expect(putKeySet(context, buyer, swapped)).rejects.toThrow(KeyRefused);
		const later = makeKeySet(key, conversation, { ...buyer.identity, epoch: 2 }, [holder], new Date(4));
		await expect(putKeySet(context, buyer, later)).rejects.toThrow(KeyRefused);

		const own = await createConversationKey(conversation, seeded('the seller’s own'));
		const second = made(seller, [buyer, seller], start, own);
		await putKeySet(context, seller, second);
		expect(await listKeySets(context, buyer, { conversation: id })).toEqual([talk.keySet, second]);
		await expect(listKeySets(context, stranger, { conversation: id })).rejects.toThrow(NotFound);
	});
});

describe('a receipt', () => {
	test('is the other side’s alone, stays as it came first, and is checked', async () => {
		const { context } = node;
		const record = await talk.say(buyer, 'did it arrive?');
		const delivered = signReceipt('delivered', record, talk.conversation, seller.identity);
		const send = (person: Person, ...receipts: (typeof delivered)[]) =>
			postReceipts(context, person, { conversation: id, receipts });
		await expect(send(seller, delivered)).rejects.toThrow(NotFound);
		await postMessage(context, buyer, input(record));
		await expect(send(buyer, delivered)).rejects.toThrow(InvalidInput);
		await expect(send(buyer, signReceipt('read', record, talk.conversation, buyer.identity))).rejects.toThrow(
			MessageRefused
		);
		await expect(send(seller, { ...delivered, kind: 'read' })).rejects.toThrow(BadSignature);
		await expect(send(seller, { ...delivered, hash: aHash('x') })).rejects.toThrow(MessageRefused);
		await expect(send(seller)).rejects.toThrow(InvalidInput);
		const read = signReceipt('read', record, talk.conversation, seller.identity);
		await send(seller, delivered, read);
		await send(seller, delivered);
		const [kept] = await listMessages(context, buyer, { conversation: id });
		const stored = (signature: string) => ({ reader: seller.wallet, epoch: 1, signature });
		expect(kept?.receipts).toEqual({ delivered: stored(delivered.signature), read: stored(read.signature) });
	});
});

describe('erasing', () => {
	test('takes what one’s own messages said, after the order’s end, and leaves the chain', async () => {
		const { context } = node;
		const records = [await talk.say(buyer, 'Harbour Lane 4'), await talk.say(buyer, 'thanks')];
		for (const record of records) await postMessage(context, buyer, input(record));
		const hashes = [records[0]?.hash ?? ''];
		await expect(eraseMessages(context, buyer, { conversation: id, hashes })).rejects.toThrow(NotErasable);
		await setOrder({ status: 'Completed' });
		await expect(eraseMessages(context, seller, { conversation: id, hashes })).rejects.toThrow(NotFound);
		await expect(eraseMessages(context, buyer, { conversation: id, hashes: [...hashes, aHash('x')] })).rejects.toThrow(
			NotFound
		);
		expect((await listMessages(context, seller, { conversation: id })).map(({ sealed }) => sealed)).not.toContain(null);
		await eraseMessages(context, buyer, { conversation: id, hashes });
		const kept = await listMessages(context, seller, { conversation: id });
		expect(kept.map(({ hash, sealed }) => [hash, sealed === null])).toEqual([
			[records[1]?.hash, false],
			[records[0]?.hash, true]
		]);
	});
});

describe('a page', () => {
	test('is shown messages, keys, receipts and unread counts by themselves, and a stranger nothing', async () => {
		const { context } = node;
		const [mine, theirs] = [await page(seller), await page(stranger)];
		const messages = new Watching(mine, 'messages', { conversation: id });
		const list = new Watching(mine, 'conversations', {});
		const row = new Watching(mine, 'conversation', { id });
		const sets = new Watching(mine, 'orderKeys', { conversation: id });
		const spied = [
			new Watching(theirs, 'messages', { conversation: id }),
			new Watching(theirs, 'orderKeys', { conversation: id }),
			new Watching(theirs, 'conversations', {})
		];
		for (const watching of [messages, list, row, sets, ...spied]) await watching.live();
		expect(sets.rows).toMatchObject([talk.keySet]);
		expect(messages.rows).toEqual([]);

		const record = await talk.say(buyer, 'live');
		await postMessage(context, buyer, input(record));
		await messages.until(({ rows }) => rows.length === 1);
		expect(messages.rows[0]).toMatchObject({ ...record, position: 1 });
		await row.until(({ data }) => data?.unread === 1);
		await list.until(({ rows }) => rows.some(({ _id, unread }) => _id === id && unread === 1));
		await markRead(context, seller, { conversation: id, position: 1 });
		await row.until(({ data }) => data?.unread === 0 && data.readTo === 1);
		await postReceipts(context, seller, {
			conversation: id,
			receipts: [signReceipt('read', record, talk.conversation, seller.identity)]
		});
		await messages.until(({ rows }) => rows[0]?.receipts.read !== null);
		for (const watching of spied) expect(watching.rows).toEqual([]);

		const anybody = new Watching(openAnybody(), 'messages', { conversation: id });
		await anybody.until(({ state }) => state.status === 'denied');
		const head = new Watching(theirs, 'keyHead', { wallet: buyer.wallet });
		await head.live();
		expect(head.data).toMatchObject({ wallet: buyer.wallet, epoch: 1 });
	});

	test('is told how much of all conversations is unread', async () => {
		const { context } = node;
		const other = await anOrdersTalk();
		await putKeySet(context, buyer, other.keySet);
		const asks = await aListedProduct(context, buyer.account);
		const name = conversationId({ kind: 'product', product: asks.id, buyer: seller.wallet });
		const asked = await aTalk(seller, buyer, 'a question', { kind: 'product', product: asks.id, buyer: seller.wallet });
		await putKeySet(context, seller, asked.keySet);
		await markAllRead();

		const [mine, theirs] = [await page(seller), await page(buyer)];
		const unread = new Watching(mine, 'unread', {});
		const authors = new Watching(theirs, 'unread', {});
		await unread.live();
		await authors.live();
		expect([unread.data, authors.data]).toEqual([
			{ _id: 'unread', total: 0 },
			{ _id: 'unread', total: 0 }
		]);
		for (const one of [talk, talk, other])
			await postMessage(context, buyer, input(await one.say(buyer, 'to the seller')));
		// As the buyer of this one, the seller has what the other side wrote there too.
		await postMessage(context, buyer, input(await asked.say(buyer, 'to who asked')));
		await unread.until(({ data }) => data?.total === 4);
		await markRead(context, seller, { conversation: id, position: 1 });
		await unread.until(({ data }) => data?.total === 3);
		await markRead(context, seller, { conversation: name, position: 1 });
		await unread.until(({ data }) => data?.total === 2);
		expect(authors.data).toEqual({ _id: 'unread', total: 0 });
		await markAllRead();
		await unread.until(({ data }) => data?.total === 0);
		const anybody = new Watching(openAnybody(), 'unread', {});
		await anybody.until(({ state }) => state.status === 'denied');
	});

	async function markAllRead(): Promise<void> {
		for (const person of [buyer, seller])
			for (const { _id, count: position } of (await listConversations(node.context, person, { limit: 100 })).items)
				await markRead(node.context, person, { conversation: _id, position });
	}

	function openAnybody(): LiveConnection {
		const live = openLive(node);
		open.push(live);
		return live;
	}
});
