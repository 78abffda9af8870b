import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LiveConnection, LiveConnectionOptions } from '#lib/client/live-connection.ts';
import type { OrderDocument } from '#lib/domain/order.ts';
import { orderKey } from '#lib/domain/order.ts';
import type { Delta } from '#lib/domain/live-wire.ts';
import type { ParamsOf, PublicationName } from '#lib/domain/publications.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { getArbitrator, listArbitrators } from '#lib/server/services/arbitrators.ts';
import { endSession } from '#lib/server/services/sessions.ts';
import { openLive, openSocket, startLiveNode, Watching, type LiveNode } from '#tests/support/live.ts';
import { storeListings } from '#tests/support/many-listings.ts';
import { anOrder, arbitrator, buyer, bytes32, seller, stranger } from '#tests/support/order.ts';

let node: LiveNode;
const open: LiveConnection[] = [];

beforeAll(async () => {
	node = await startLiveNode();
});
afterEach(() => {
	for (const live of open.splice(0)) live.close();
});
afterAll(async () => {
	await node.close();
});

async function page(wallet?: typeof buyer, options?: Partial<LiveConnectionOptions>): Promise<LiveConnection> {
	const signedIn = wallet === undefined ? undefined : await node.signIn(wallet);
	const live = openLive(node, signedIn?.cookie, options);
	open.push(live);
	return live;
}

function watch<N extends PublicationName>(live: LiveConnection, name: N, params: ParamsOf<N>): Watching<N> {
	return new Watching(live, name, params);
}

let count = 0;

/** An order document that nobody else in this file has. */
function orderDocument(given: Partial<OrderDocument> = {}): OrderDocument {
	const orderId = bytes32(`order ${count++}`);
	return {
		...anOrder(),
		orderId,
		_id: orderKey(31_337, orderId),
		chainId: 31_337,
		product: null,
		quantity: null,
		termsMatch: null,
		termsDiffer: [],
		arbitrators: [],
		rev: 1,
		...given
	};
}

async function insert(document: OrderDocument): Promise<OrderDocument> {
	await node.context.models.orders.create([document]);
	return document;
}

function update(_id: string, change: Record<string, unknown>): Promise<unknown> {
	return node.context.models.orders.updateOne({ _id }, change).exec();
}

describe('a live query', () => {
	it('shows what is there, then each change, with dates as dates', async () => {
		const order = await insert(orderDocument());
		const watching = watch(await page(buyer), 'order', { chainId: 31_337, orderId: order.orderId });
		expect(watching.state).toEqual({ status: 'loading', rows: null, refusal: null });
		await watching.live();
		expect(watching.data).toEqual(order);
		await update(order._id, { status: 'SellerConfirmed' });
		await watching.until(({ data }) => data?.status === 'SellerConfirmed');
		expect(watching.data).toEqual({ ...order, status: 'SellerConfirmed', rev: 2 });
	});

	it('is empty until its document exists, and again when a reorganisation takes it away', async () => {
		const order = orderDocument();
		const watching = watch(await page(buyer), 'order', { chainId: 31_337, orderId: order.orderId });
		await watching.live();
		expect(watching.data).toBeNull();
		await insert(order);
		await watching.until(({ data }) => data !== null);
		await node.context.models.orders.deleteOne({ _id: order._id });
		await watching.until(({ data }) => data === null);
		expect(watching.state.status).toBe('live');
	});

	it('denies an order to whoever is no party of it, and shows it from the moment of a grant to its end', async () => {
		const order = await insert(orderDocument());
		const watching = watch(await page(arbitrator), 'order', { chainId: 31_337, orderId: order.orderId });
		await watching.until(({ state }) => state.status === 'denied');
		expect(watching.data).toBeNull();
		await update(order._id, { arbitrators: [arbitrator] });
		await watching.until(({ state }) => state.status === 'live');
		expect(watching.data?._id).toBe(order._id);
		await update(order._id, { arbitrators: [] });
		await watching.until(({ state }) => state.status === 'denied');
		expect(watching.data).toBeNull();
	});

	it('lets a document go from a list whose filter it leaves', async () => {
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		const order = await insert(orderDocument({ seller: wallet }));
		const watching = watch(await page(wallet), 'orders', { role: 'seller' });
		await watching.until(({ rows }) => rows.length === 1);
		await update(order._id, { seller });
		await watching.until(({ rows }) => rows.length === 0);
	});

	it('keeps a list in the order of the database', async () => {
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		const live = await page(wallet);
		const watching = watch(live, 'orders', {});
		await watching.live();
		const times = [3, 1, 2].map((hour) => new Date(Date.UTC(2026, 0, 1, hour)));
		for (const createdAt of times) await insert(orderDocument({ buyer: wallet, createdAt }));
		await watching.until(({ rows }) => rows.length === 3);
		expect(watching.rows.map(({ createdAt }) => createdAt.getUTCHours())).toEqual([3, 2, 1]);
	});

	it('holds as many as its limit, also where that is more than the database answers with at first', async () => {
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		const documents = Array.from({ length: 203 }, () => orderDocument({ seller: wallet }));
		await node.context.models.orders.insertMany(documents);
		const live = await page(wallet);
		const newest = await watch(live, 'orders', { limit: 102 }).live();
		expect(newest.rows).toHaveLength(102);
		expect((await watch(live, 'orders', {}).live()).rows).toHaveLength(200);
	});

	it('follows those of a wallet’s orders that a page shows, and nobody else’s by their ids; or the newest alone', async () => {
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		const times = [1, 2, 3].map((hour) => new Date(Date.UTC(2026, 0, 1, hour)));
		const own: OrderDocument[] = [];
		for (const createdAt of times) own.push(await insert(orderDocument({ seller: wallet, createdAt })));
		const foreign = await insert(orderDocument());
		const [first, , last] = own.map(({ _id }) => _id) as [string, string, string];
		const live = await page(wallet);
		const shown = await watch(live, 'orders', { ids: [foreign._id, last, first] }).live();
		const newest = await watch(live, 'orders', { limit: 1 }).live();
		expect(shown.rows.map(({ _id }) => _id)).toEqual([last, first]);
		expect(newest.rows.map(({ _id }) => _id)).toEqual([last]);
		await update(first, { status: 'Disputed' });
		await shown.until(({ rows }) => rows[1]?.status === 'Disputed');
		const later = await insert(orderDocument({ buyer: wallet, createdAt: new Date(Date.UTC(2026, 0, 2)) }));
		await newest.until(({ rows }) => rows[0]?._id === later._id);
		expect(shown.rows).toHaveLength(2);
	});

	it('holds every order that has not ended, and moves one that ends to the latest that have, and back', async () => {
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		const own = (given: Partial<OrderDocument>) => orderDocument({ seller: wallet, ...given });
		const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
		const oldest = own({ createdAt: at(-9000), deadline: at(1) });
		await node.context.models.orders.insertMany([
			...Array.from({ length: 101 }, () => own({ createdAt: at(1), deadline: at(2) })),
			...Array.from({ length: 101 }, (_, n) => own({ createdAt: at(2), status: 'Completed', endedAt: at(n) })),
			oldest
		]);
		const live = await page(wallet);
		const waiting = await watch(live, 'openOrders', {}).live();
		const ended = await watch(live, 'endedOrders', { role: 'seller' }).live();
		const bought = await watch(live, 'endedOrders', { role: 'buyer' }).live();
		expect([waiting.rows.length, ended.rows.length, bought.rows.length]).toEqual([102, 100, 0]);
		expect(waiting.rows[0]?._id).toBe(oldest._id);

		await update(oldest._id, { status: 'Completed', endedAt: at(200) });
		await waiting.until(({ rows }) => rows.length === 101);
		await ended.until(({ rows }) => rows[0]?._id === oldest._id && rows.length === 100);
		await update(oldest._id, { status: 'Created', endedAt: null });
		await waiting.until(({ rows }) => rows[0]?._id === oldest._id && rows.length === 102);
		await ended.until(({ rows }) => rows[0]?.endedAt?.getTime() === at(100).getTime() && rows.length === 100);
	});

	it('follows the disputes about a wallet’s orders', async () => {
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		const live = await page(wallet);
		const watching = await watch(live, 'cases', {}).live();
		const unended = await watch(live, 'cases', { open: true }).live();
		const _id = orderKey(31_337, bytes32(randomUUID()));
		const document = { _id, order: _id, buyer, seller: wallet, people: [], holders: [], status: 'Waiting', rev: 1 };
		const { collection } = node.context.models.cases;
		await collection.insertOne({ ...document, openedAt: new Date(), endedAt: null } as never);
		await watching.until(({ rows }) => rows[0]?.status === 'Waiting');
		await collection.updateOne({ _id } as never, { $set: { status: 'Drawn' }, $inc: { rev: 1 } });
		await watching.until(({ rows }) => rows[0]?.status === 'Drawn');
		await unended.until(({ rows }) => rows[0]?.status === 'Drawn');
		await collection.updateOne({ _id } as never, { $set: { status: 'Closed', endedAt: new Date() }, $inc: { rev: 1 } });
		await unended.until(({ rows }) => rows.length === 0);
		await watching.until(({ rows }) => rows[0]?.status === 'Closed');
	});

	it('counts a market without telling each insert, and for whoever blocks a seller without that one', async () => {
		const live = await page();
		const watching = watch(live, 'market', { text: 'brass' });
		await watching.live();
		expect(watching.data).toEqual({ _id: 'market', total: 0, latest: [] });
		await storeListings(node.context, 300);
		const total = await node.context.models.products.countDocuments({ title: /brass/ });
		await watching.until(({ data }) => data?.total === total);
		expect(watching.data?.latest).toHaveLength(24);
		expect(watching.states.length).toBeLessThan(6);

		// Whoever blocks a seller is told how many there are without those of that one; nobody else is.
		const { products, blocks } = node.context.models;
		const { seller: blocked } = (await products.findOne({ title: /brass/ }).lean())!;
		const wallet = bytes32(randomUUID()).slice(0, 42) as typeof buyer;
		await blocks.create([{ _id: `${wallet}:${blocked}`, wallet, blocked }]);
		const mine = await watch(await page(wallet), 'market', { text: 'brass', blocks: true }).live();
		expect(mine.data?.total).toBe(await products.countDocuments({ title: /brass/, seller: { $ne: blocked } }));
		expect((await watch(live, 'market', { text: 'brass', blocks: true }).live()).data?.total).toBe(total);
	});

	it('says when sales and reservations move the stock of a listing', async () => {
		const live = await page();
		const id = randomUUID().replaceAll('-', '');
		const sales = await watch(live, 'sales', { product: id }).live();
		const reservations = await watch(live, 'reservations', { product: id }).live();
		const order = await insert(orderDocument({ product: id, quantity: 2, termsMatch: true }));
		const expiresAt = new Date(Date.now() + 60_000);
		const kept = { _id: randomUUID(), product: id, buyer, quantity: 1, ordersBefore: 0, expiresAt };
		await node.context.models.reservations.create([kept]);
		await sales.until(({ data }) => data?.total === 1);
		await reservations.until(({ data }) => data?.total === 1);
		await update(order._id, { status: 'Cancelled' });
		await node.context.models.reservations.deleteOne({ _id: kept._id });
		await sales.until(({ data }) => data?.total === 0);
		await reservations.until(({ data }) => data?.total === 0);
	});

	it('refuses what is unknown, malformed or not for a visitor, each with its code', async () => {
		const live = await page();
		const refusals = await Promise.all(
			[
				watch(live, 'secrets' as 'chains', {}),
				watch(live, 'order', { chainId: 31_337, orderId: 'none' }),
				watch(live, 'orders', {})
			].map(async (watching) => (await watching.until(({ state }) => state.refusal !== null)).state)
		);
		expect(refusals.map(({ status }) => status)).toEqual(['denied', 'denied', 'denied']);
		expect(refusals.map(({ refusal }) => refusal)).toEqual([
			{ code: 'unknown-publication', data: {} },
			{ code: 'bad-params', data: { field: 'orderId' } },
			{ code: 'not-allowed', data: {} }
		]);
	});
});

describe('who judges', () => {
	const seats = () => node.context.models.arbitrators;
	const seat = (wallet: typeof buyer, change: object = {}) => ({
		...{ _id: `31337:${wallet}`, chainId: 31_337, wallet, status: 'Active', stake: '500', weight: 10, leaf: 1 },
		...{ reputation: 50, openCases: 0, registeredAt: new Date(), activeFrom: new Date(), final: true, finalized: true },
		record: {
			drawn: 0,
			ruled: 0,
			unappealed: 0,
			upheld: 0,
			overturned: 0,
			recused: 0,
			replaced: 0,
			panels: 0,
			votes: 0
		},
		head: { block: 1, hash: bytes32('head') },
		...change
	});

	it('is for everybody, in the order that was asked for, until somebody leaves', async () => {
		await seats().create([seat(arbitrator), seat(stranger, { reputation: 40 })] as never[]);
		const live = await page();
		const list = await watch(live, 'arbitrators', { sort: 'reputation', limit: 10 }).live();
		const own = await watch(live, 'arbitrator', { wallet: stranger }).live();
		const wallets = () => list.rows.map(({ wallet }) => wallet);
		expect(wallets()).toEqual([arbitrator, stranger]);

		await seats().updateOne({ wallet: stranger }, { reputation: 60 });
		await list.until(() => wallets()[0] === stranger);
		await own.until(() => own.rows[0]?.reputation === 60);
		await seats().updateOne({ wallet: stranger }, { status: 'Left', stake: '0' });
		await list.until(() => list.rows.length === 1);
		await own.until(() => own.rows[0]?.status === 'Left');
	});

	it('is of the chains that this node is configured for, whatever was read before', async () => {
		const gone = { chainId: 5, status: 'Active' };
		await seats().create([seat(seller), seat(seller, { ...gone, _id: `5:${seller}`, reputation: 90 })] as never[]);
		const live = await page();
		const list = await watch(live, 'arbitrators', { sort: 'reputation', limit: 10 }).live();
		const asked = await watch(live, 'arbitrators', { sort: 'reputation', limit: 10, chainId: 5 }).live();
		const own = await watch(live, 'arbitrator', { wallet: seller }).live();
		const here = { chainId: 31_337, wallet: seller };
		expect(list.rows).toContainEqual(expect.objectContaining(here));
		expect(list.rows.every(({ chainId }) => chainId === 31_337)).toBe(true);
		expect([asked.rows, own.rows]).toMatchObject([[], [here]]);

		await seats().updateOne({ _id: `5:${seller}` }, { reputation: 95 });
		await seats().updateOne({ _id: `31337:${seller}` }, { reputation: 51 });
		await own.until(() => own.rows[0]?.reputation === 51);
		expect([asked.rows.length, own.rows.length]).toEqual([0, 1]);
		const { context } = node;
		expect((await listArbitrators(context, { limit: 50 })).items.every(({ chainId }) => chainId === 31_337)).toBe(true);
		expect((await getArbitrator(context, { wallet: seller })).seats).toHaveLength(1);
	});
});

describe('no gap and no double', () => {
	it('joins snapshot and changes exactly, while a writer never stops', async () => {
		const order = await insert(orderDocument());
		let writing = true;
		const writes = (async () => {
			while (writing) await update(order._id, { $inc: { createdBlock: 1 } });
		})();
		const watchers: Watching<'order'>[] = [];
		for (let index = 0; index < 10; index++) {
			const watching = watch(await page(buyer), 'order', { chainId: 31_337, orderId: order.orderId });
			watchers.push(await watching.live());
		}
		writing = false;
		await writes;
		const last = await node.context.models.orders.findById(order._id).lean();
		for (const watching of watchers) {
			await watching.until(({ data }) => data?.rev === last?.rev);
			const revs = watching.states
				.map(({ rows }) => [...(rows?.values() ?? [])][0]?.rev)
				.filter((rev) => rev !== undefined);
			expect(revs.length).toBeGreaterThan(1);
			// A slow reader may be told two changes as one; none may come twice or go back.
			for (let index = 1; index < revs.length; index++) expect(revs[index]).toBeGreaterThan(revs[index - 1] as number);
		}
	}, 60_000);

	it.each(['before the handshake', 'after the handshake', 'after asking', 'after the answer', 'after a change'])(
		'comes back after the connection is cut %s',
		async (moment) => {
			const order = await insert(orderDocument());
			const live = await page(buyer);
			const watching = watch(live, 'order', { chainId: 31_337, orderId: order.orderId });
			if (moment === 'before the handshake') node.cut();
			if (moment === 'after the handshake') {
				await new Promise<void>((resolve) => live.onStatus((status) => status === 'live' && resolve()));
				node.cut();
			}
			if (moment === 'after asking') {
				await new Promise<void>((resolve) => live.onStatus((status) => status === 'live' && resolve()));
				await new Promise((resolve) => setImmediate(resolve));
				node.cut();
			}
			if (moment === 'after the answer') {
				await watching.live();
				node.cut();
				await watching.until(({ state }) => state.status === 'stale');
			}
			if (moment === 'after a change') {
				await watching.live();
				await update(order._id, { status: 'SellerConfirmed' });
				await watching.until(({ data }) => data?.status === 'SellerConfirmed');
				node.cut();
			}
			await update(order._id, { status: 'Completed' });
			await watching.until(({ state, data }) => state.status === 'live' && data?.status === 'Completed');
		}
	);
});

describe('lost changes', () => {
	it('are made good by a fresh snapshot of everything that is watched', async () => {
		const other = await startLiveNode();
		try {
			const { orders } = other.context.models;
			const order = orderDocument();
			await orders.create([order]);
			const live = openLive(other, (await other.signIn(buyer)).cookie);
			open.push(live);
			const one = await new Watching(live, 'order', { chainId: 31_337, orderId: order.orderId }).live();
			const all = await new Watching(live, 'orders', {}).live();
			expect([one.data?._id, ...all.rows.map(({ _id }) => _id)]).toEqual([order._id, order._id]);
			// A collection that is dropped takes its documents with it, and no change says so of any of them.
			await orders.collection.drop();
			await one.until(({ data }) => data === null);
			await all.until(({ rows }) => rows.length === 0);
			await other.context.db.createCollection('orders', { changeStreamPreAndPostImages: { enabled: true } });
			await orders.create([order]);
			await all.until(({ rows }) => rows.length === 1);
		} finally {
			await other.close();
		}
	});
});

describe('a transaction', () => {
	it('reaches a client in one packet, however it is spread', async () => {
		const first = await insert(orderDocument());
		const second = await insert(orderDocument());
		const live = await page(buyer);
		const one = await watch(live, 'order', { chainId: 31_337, orderId: first.orderId }).live();
		const two = await watch(live, 'order', { chainId: 31_337, orderId: second.orderId }).live();
		const all = await watch(live, 'orders', {}).live();
		const seen: string[] = [];
		live.watch({ name: 'order', params: { chainId: 31_337, orderId: first.orderId } }, () => {
			// As a page does: it draws when everything that the packet changed is changed.
			queueMicrotask(() => {
				const listed = all.rows.filter(({ _id }) => _id === first._id || _id === second._id);
				seen.push([one.data, two.data, ...listed].map((order) => order?.status).join());
			});
		});
		for (const status of ['SellerConfirmed', 'Completed']) {
			await inTransaction(node.context.db, async (session) => {
				for (const { _id } of [first, second])
					await node.context.models.orders.updateOne({ _id }, { status }, { session });
			});
		}
		await all.until(({ rows }) => rows.filter(({ status }) => status === 'Completed').length >= 2);
		await one.until(({ data }) => data?.status === 'Completed');
		for (const statuses of seen) expect(new Set(statuses.split(',')).size).toBe(1);
		expect(seen.length).toBeGreaterThanOrEqual(3);
	});
});

describe('a session', () => {
	it('takes what its sockets watch with it when it ends, at once', async () => {
		const order = await insert(orderDocument());
		const { cookie, sessionId } = await node.signIn(buyer);
		const live = openLive(node, cookie);
		open.push(live);
		const mine = await watch(live, 'order', { chainId: 31_337, orderId: order.orderId }).live();
		const anybodys = await watch(live, 'chains', {}).live();
		const session = await node.context.models.sessions.findById(sessionId).lean();
		await endSession(node.context, { wallet: buyer }, { handle: String(session?.handle) });
		await mine.until(({ state }) => state.status === 'denied' && state.rows === null);
		await mine.until(({ state }) => state.refusal?.code === 'not-allowed');
		await anybodys.live();
		await update(order._id, { status: 'Completed' });
		expect(mine.data).toBeNull();
	});

	it('is nobody with a cookie that is none', async () => {
		const live = openLive(node, 'session=' + 'x'.repeat(43));
		open.push(live);
		await watch(live, 'chains', {}).live();
		const orders = watch(live, 'orders', {});
		await orders.until(({ state }) => state.refusal?.code === 'not-allowed');
	});

	it('opens a socket for a page of its own origin alone', async () => {
		for (const origin of ['http://elsewhere.example', 'null', '']) {
			const socket = openSocket(node.url, { origin, cookie: (await node.signIn(buyer)).cookie });
			const refused = new Promise<Error>((resolve) => socket.on('connect_error', resolve));
			socket.connect();
			expect((await refused).message).toMatch(/websocket error/);
			socket.disconnect();
		}
	});
});

describe('limits', () => {
	it('refuse a subscription or a socket too many by name', async () => {
		const small = await startLiveNode({ subscriptionsPerSocket: 2, socketsPerWallet: 1, socketsPerAddress: 3 });
		try {
			const { cookie } = await small.signIn(stranger);
			const live = openLive(small, cookie);
			open.push(live);
			await new Watching(live, 'orders', {}).live();
			await new Watching(live, 'chains', {}).live();
			// The same query again is no other subscription.
			await new Watching(live, 'chains', {}).live();
			const third = new Watching(live, 'pending', {});
			await third.until(({ state }) => state.refusal !== null);
			expect(third.state.refusal).toEqual({ code: 'too-many-subscriptions', data: { limit: 2 } });

			const refusalOf = async (headers: Record<string, string>) => {
				const socket = openSocket(small.url, headers);
				const refused = new Promise<unknown>((resolve) => {
					socket.on('connect_error', (error) => resolve((error as Error & { data?: unknown }).data));
					socket.on('connect', () => resolve('connected'));
				});
				socket.connect();
				return { socket, refused: await refused };
			};
			const second = await refusalOf({ cookie });
			expect(second.refused).toEqual({ code: 'too-many-sockets', data: { limit: 1 } });
			const others = [await refusalOf({}), await refusalOf({})];
			expect(others.map(({ refused }) => refused)).toEqual(['connected', 'connected']);
			const fourth = await refusalOf({});
			expect(fourth.refused).toEqual({ code: 'too-many-sockets', data: { limit: 3 } });
			for (const { socket } of [second, ...others, fourth]) socket.disconnect();
		} finally {
			await small.close();
		}
	});

	it('close a socket that sends more than a message may be', async () => {
		const socket = openSocket(node.url);
		const closed = new Promise<string>((resolve) => socket.on('disconnect', resolve));
		socket.on('connect', () => socket.emit('subscribe', { name: 'x'.repeat(100_000), params: {} }, () => undefined));
		socket.connect();
		expect(await closed).toBe('transport close');
		socket.disconnect();
	});
});

describe('a slow client', () => {
	it('is told the last state of each document, not every step', async () => {
		const order = await insert(orderDocument());
		const socket = openSocket(node.url, { cookie: (await node.signIn(buyer)).cookie });
		const packets: Delta[][] = [];
		socket.on('changes', (deltas: Delta[]) => packets.push(deltas));
		socket.connect();
		await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
		const request = { name: 'order', params: { chainId: 31_337, orderId: order.orderId } };
		await socket.emitWithAck('subscribe', request);

		// It stops reading, and 14 changes of 900 KB are more than any buffer on the way holds.
		const raw = (socket.io.engine as unknown as { transport: { ws: { pause(): void; resume(): void } } }).transport.ws;
		raw.pause();
		const { collection } = node.context.models.orders;
		for (let index = 0; index < 14; index++) {
			const wide = { termsDiffer: [`${index}`.padEnd(900_000, 'x')], status: index === 13 ? 'Completed' : 'Created' };
			await collection.updateOne({ _id: order._id as never }, { $set: wide, $inc: { rev: 1 } });
		}
		raw.resume();
		await expect
			.poll(() => (packets.at(-1)?.[0]?.set?.[0] as { status?: string } | undefined)?.status, { timeout: 20_000 })
			.toBe('Completed');
		expect(packets.length).toBeLessThan(13);
		socket.disconnect();
	}, 60_000);
});
