import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction, transactionMarkers } from '#lib/server/db/transaction.ts';
import { startMongoServer, type MongoServer } from '#lib/server/embedded/mongo/server.ts';
import { ChangeHub, type ChangeGroup } from '#lib/server/realtime/change-hub.ts';

// Faults are injected by the embedded database's fail points, so this runs on it alone.
let folder: string;
let server: MongoServer;
let connection: Connection;
let hub: ChangeHub;
let groups: ChangeGroup[];
let lost: number;
let wake: () => void = () => undefined;

const images = { changeStreamPreAndPostImages: { enabled: true } };

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'holdfast-hub-'));
	server = await startMongoServer({ file: join(folder, 'data.sqlite'), testCommands: true });
});
afterAll(async () => {
	await server.close();
	await rm(folder, { recursive: true, force: true });
});

beforeEach(async ({ task }) => {
	const url = new URL(server.url);
	url.pathname = `/${task.id}`;
	connection = await mongoose.createConnection(url.href).asPromise();
	for (const name of ['things', 'others', transactionMarkers]) await database().createCollection(name, images);
	groups = [];
	lost = 0;
	hub = await ChangeHub.open({
		db: database(),
		collections: ['things', 'others'],
		log: pino({ level: 'silent' }),
		markerPatience: 2_000,
		maxPause: 100
	});
	hub.onGroup((group) => {
		groups.push(group);
		wake();
	});
	hub.onLost(() => {
		lost++;
		wake();
	});
});
afterEach(async () => {
	await failGetMore('off');
	await hub.close();
	await connection.close();
});

function database() {
	return connection.getClient().db(connection.name);
}

function things() {
	return database().collection<{ _id: string; n: number }>('things');
}

/** Waits for the event after which `holds` is true. */
async function until(holds: () => boolean): Promise<void> {
	while (!holds()) {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`Nothing more after ${groups.length} groups`)), 10_000);
			wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}

async function failGetMore(mode: 'off' | { times: number }, data: Record<string, unknown> = {}): Promise<void> {
	await connection
		.getClient()
		.db('admin')
		.command({ configureFailPoint: 'failCommand', mode, data: { failCommands: ['getMore', 'aggregate'], ...data } });
}

function seen(): string[][] {
	return groups.map(({ changes }) => changes.map(({ id }) => id));
}

describe('the change hub', () => {
	it('hands over single changes one by one with the states before and after', async () => {
		await things().insertOne({ _id: 'a', n: 1 });
		await things().updateOne({ _id: 'a' }, { $set: { n: 2 } });
		await things().deleteOne({ _id: 'a' });
		await until(() => groups.length === 3);
		expect(groups.map(({ changes: [change] }) => [change?.before, change?.after])).toEqual([
			[null, { _id: 'a', n: 1 }],
			[
				{ _id: 'a', n: 1 },
				{ _id: 'a', n: 2 }
			],
			[{ _id: 'a', n: 2 }, null]
		]);
		expect(hub.position).toEqual(groups[2]?.time);
	});

	it('hands over a transaction as a whole, also one of several batches, without waiting for the next', async () => {
		const ids = Array.from({ length: 250 }, (_, index) => `t${index}`);
		await inTransaction(connection, async (session) => {
			for (const _id of ids) await things().insertOne({ _id, n: 0 }, { session });
			await database().collection<{ _id: string }>('others').insertOne({ _id: 'o' }, { session });
		});
		await until(() => groups.length > 0);
		expect(seen()).toEqual([[...ids, 'o']]);
	});

	it('keeps transactions and single writes that run at once apart', async () => {
		const transactions = Array.from({ length: 10 }, (_, index) =>
			inTransaction(connection, async (session) => {
				for (const part of ['x', 'y', 'z']) await things().insertOne({ _id: `${index}${part}`, n: 0 }, { session });
			})
		);
		const singles = Array.from({ length: 10 }, (_, index) => things().insertOne({ _id: `single${index}`, n: 0 }));
		await Promise.all([...transactions, ...singles]);
		await until(() => groups.length === 20);
		for (const ids of seen())
			expect(ids.length === 1 || (ids.length === 3 && new Set(ids.map((id) => id.slice(0, -1))).size === 1)).toBe(true);
	});

	it('closes a transaction without a marker when the next change comes', async () => {
		await connection.getClient().withSession((session) =>
			session.withTransaction(async () => {
				for (const _id of ['a', 'b']) await things().insertOne({ _id, n: 0 }, { session });
			})
		);
		await things().insertOne({ _id: 'c', n: 0 });
		await until(() => groups.length === 2);
		expect(seen()).toEqual([['a', 'b'], ['c']]);
	});

	it('skips what is written to other collections', async () => {
		await database().collection('elsewhere').insertOne({ n: 1 });
		await things().insertOne({ _id: 'a', n: 1 });
		await until(() => groups.length === 1);
		expect(seen()).toEqual([['a']]);
	});

	it.each([
		['an error that the driver does not mend', { errorCode: 2 }],
		['a connection that breaks', { closeConnection: true }]
	])('loses nothing and repeats nothing after %s', async (_, fault) => {
		await things().insertOne({ _id: 'before', n: 0 });
		await until(() => groups.length === 1);
		await failGetMore({ times: 4 }, fault);
		for (let index = 0; index < 20; index++) await things().insertOne({ _id: `n${index}`, n: 0 });
		await until(() => groups.length >= 21);
		expect(seen().flat()).toEqual(['before', ...Array.from({ length: 20 }, (_, index) => `n${index}`)]);
		expect(lost).toBe(0);
	});

	it('says that changes are lost where the history is, and goes on from the present', async () => {
		await failGetMore({ times: 1 }, { errorCode: 286 });
		await things().insertOne({ _id: 'wakes the stream', n: 0 });
		await until(() => lost === 1);
		const told = groups.length;
		await things().insertOne({ _id: 'after', n: 0 });
		await until(() => groups.length > told);
		expect(seen().at(-1)).toEqual(['after']);
	});

	it('says that changes are lost where a collection is dropped', async () => {
		await things().insertOne({ _id: 'a', n: 0 });
		await things().drop();
		await until(() => lost === 1);
		await database().createCollection('things', images);
		await things().insertOne({ _id: 'b', n: 0 });
		await until(() => seen().at(-1)?.[0] === 'b');
	});
});
