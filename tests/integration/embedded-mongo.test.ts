import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { Long, MongoClient, MongoServerError, ObjectId, type ChangeStreamDocument, type Db } from 'mongodb';
import mongoose from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeExpired } from '#lib/server/embedded/mongo/ttl.ts';
import { Node } from '#lib/server/embedded/mongo/node.ts';
import { testDatabase, type TestDatabase } from '../support/mongo.ts';

const MAIN = new URL('../../src/lib/server/embedded/mongo/main.ts', import.meta.url).pathname;

interface Running {
	child: ChildProcess;
	url: string;
	ended: Promise<number | null>;
}

/** Starts the database as a process of its own. Rejects with what it said where it did not start. */
async function start(file: string): Promise<Running> {
	const child = spawn(process.execPath, [MAIN, '--file', file], { stdio: ['pipe', 'pipe', 'pipe'] });
	const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
	let errors = '';
	child.stderr.on('data', (chunk: Buffer) => (errors += chunk));
	const url = await new Promise<string>((resolve, reject) => {
		child.stdout.once('data', (chunk: Buffer) => resolve((JSON.parse(chunk.toString()) as { url: string }).url));
		void ended.then(() => reject(new Error(errors)));
	});
	return { child, url, ended };
}

describe('the process', () => {
	let folder: string;
	let file: string;
	const running: Running[] = [];
	const startHere = async (): Promise<Running> => {
		const started = await start(file);
		running.push(started);
		return started;
	};
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'holdfast-mongo-'));
		file = join(folder, 'data.sqlite');
	});
	afterEach(async () => {
		for (const { child, ended } of running.splice(0)) {
			child.kill('SIGKILL');
			await ended;
		}
		rmSync(folder, { recursive: true, force: true });
	});

	test('ends when its input does, and not by Ctrl-C', async () => {
		const { child, ended } = await startHere();
		child.kill('SIGINT');
		await expect(
			Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve('alive'), 200))])
		).resolves.toBe('alive');
		child.stdin!.end();
		await expect(ended).resolves.toBe(0);
	});

	test('refuses a file that another process has open, by name', async () => {
		const { child } = await startHere();
		await expect(start(file)).rejects.toThrow(`The database ${file} is open in another process (process ${child.pid})`);
	});

	test('keeps every acknowledged write through kill -9', async () => {
		const acknowledged: number[] = [];
		let next = 0;
		for (let round = 0; round < 5; round++) {
			const { child, url, ended } = await startHere();
			const client = await MongoClient.connect(url, { retryWrites: false, serverSelectionTimeoutMS: 2000 });
			const collection = client.db().collection<{ _id: number }>('kept');
			const before = await collection.find().sort({ _id: 1 }).toArray();
			const there = new Set(before.map(({ _id }) => _id));
			expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
			if (round === 0) await collection.createIndex({ n: 1 });
			let alive = true;
			const writers = Array.from({ length: 8 }, async () => {
				while (alive) {
					const id = next++;
					try {
						await collection.insertOne({ _id: id, n: id % 7 } as { _id: number });
						acknowledged.push(id);
					} catch {
						alive = false;
					}
				}
			});
			await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 200));
			child.kill('SIGKILL');
			await ended;
			alive = false;
			await Promise.all(writers);
			await client.close();
		}
		expect(acknowledged.length).toBeGreaterThan(20);
	});

	test('remembers retryable writes and committed transactions over a restart', async () => {
		const lsid = { id: new mongoose.mongo.UUID() };
		const command = { insert: 'once', documents: [{ _id: 1 }], lsid, txnNumber: Long.fromNumber(1) };
		const first = await startHere();
		const before = await MongoClient.connect(first.url);
		expect(await sendRaw(before, command)).toMatchObject({ n: 1, ok: 1 });
		await before.close();
		first.child.kill('SIGKILL');
		await first.ended;
		const second = await startHere();
		const after = await MongoClient.connect(second.url);
		expect(await sendRaw(after, command)).toMatchObject({ n: 1, ok: 1, retriedStmtIds: [0] });
		expect(await after.db().collection('once').countDocuments()).toBe(1);
		await after.close();
	});

	test('a broken frame ends its own connection alone', async () => {
		const { url } = await startHere();
		const client = await MongoClient.connect(url);
		const path = decodeURIComponent(new URL(url.replace('mongodb://', 'http://x/')).pathname.split('/')[1]!);
		const frames = [
			Buffer.from('GET / HTTP/1.1\r\n\r\n'),
			Buffer.alloc(64, 0xff),
			Buffer.alloc(64),
			Buffer.from([16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 221, 7, 0, 0])
		];
		for (const frame of frames) {
			await new Promise<void>((resolve, reject) => {
				const socket = connect(path, () => socket.write(frame));
				socket.on('close', () => resolve());
				socket.on('error', reject);
			});
		}
		await expect(client.db().command({ ping: 1 })).resolves.toMatchObject({ ok: 1 });
		await client.close();
	});
});

/** Sends a command with a session of the caller's own making, which the driver has no way to. */
async function sendRaw(client: MongoClient, command: object): Promise<unknown> {
	const session = client.startSession();
	const server = session.serverSession as unknown as { id: object; txnNumber: number };
	server.id = (command as { lsid: object }).lsid;
	try {
		const { lsid: _, ...rest } = command as { lsid: object };
		return await client.db().command(rest, { session });
	} finally {
		await session.endSession();
	}
}

describe('the database', () => {
	let database: TestDatabase;
	let client: MongoClient;
	let db: Db;
	beforeAll(async () => {
		database = await testDatabase();
		client = await MongoClient.connect(database.url);
		db = client.db();
	});
	afterAll(async () => {
		await client.close();
		await database.close();
	});

	test('refuses what it does not know, by name', async () => {
		await expect(db.command({ noSuchThing: 1 })).rejects.toMatchObject({ code: 59, codeName: 'CommandNotFound' });
		await expect(db.command({ find: 'a', noSuchOption: 1 })).rejects.toThrow(
			"BSON field 'find.noSuchOption' is an unknown field."
		);
		await expect(
			db
				.collection('a')
				.find({ a: { $noSuch: 1 } })
				.toArray()
		).rejects.toThrow('unknown operator: $noSuch');
		await expect(db.collection('a').createIndex({ a: 'text' })).rejects.toThrow("Unknown index plugin 'text'");
	});

	test('tells every open stream each change once and in order', async () => {
		const collection = db.collection<{ _id: number; n: number }>('streamed');
		await db.createCollection('streamed', { changeStreamPreAndPostImages: { enabled: true } });
		const seen: ChangeStreamDocument[][] = [[], [], []];
		const streams = seen.map((events) => {
			const stream = db.watch([{ $match: { 'ns.coll': 'streamed' } }], { fullDocument: 'required' });
			stream.on('change', (event) => events.push(event));
			return stream;
		});
		await Promise.all(
			streams.map(
				(stream) => new Promise((resolve) => stream.once('init' as never, resolve).once('resumeTokenChanged', resolve))
			)
		);
		const writers = Array.from({ length: 8 }, async (_, writer) => {
			for (let at = 0; at < 20; at++) {
				const _id = writer * 100 + at;
				await collection.insertOne({ _id, n: 0 });
				await collection.updateOne({ _id }, { $inc: { n: 1 } });
				if (at % 2) await collection.deleteOne({ _id });
			}
		});
		await Promise.all(writers);
		await expect.poll(() => seen.map((events) => events.length), { timeout: 10_000 }).toEqual([400, 400, 400]);
		for (const stream of streams) await stream.close();
		const shown = seen.map((events) =>
			events.map((event) => [
				event.operationType,
				(event as unknown as { documentKey: { _id: number } }).documentKey._id
			])
		);
		expect(shown[1]).toEqual(shown[0]);
		expect(shown[2]).toEqual(shown[0]);
		for (let id = 0; id < 20; id++) {
			const own = shown[0]!.filter(([, _id]) => _id === id).map(([kind]) => kind);
			expect(own).toEqual(id % 2 ? ['insert', 'update', 'delete'] : ['insert', 'update']);
		}
	});

	test('goes on with what was there at the moment of a snapshot, however many answers that takes', async () => {
		const collection = db.collection<{ _id: number; n: number }>('moments');
		await collection.insertMany(Array.from({ length: 250 }, (_, _id) => ({ _id, n: 0 })));
		await client.withSession({ snapshot: true }, async (session) => {
			for (const cursor of [
				collection.find({}, { session }).sort({ _id: 1 }),
				collection.find({ _id: { $lt: 102 } }, { session }),
				collection.aggregate([{ $match: {} }, { $addFields: { seen: true } }], { session, batchSize: 100 })
			]) {
				const read = [await cursor.next()];
				await collection.updateMany({}, { $inc: { n: 1 } });
				await collection.deleteOne({ _id: 249 });
				read.push(...(await cursor.toArray()));
				expect(read.map((document) => document?._id as number)).toEqual([...read.keys()]);
				expect(read.every((document) => document?.n === 0)).toBe(true);
				expect([250, 102]).toContain(read.length);
			}
		});
		const opened = await db.command({ find: 'moments', batchSize: 1, readConcern: { level: 'snapshot' } });
		const { id, atClusterTime } = opened.cursor as { id: Long; atClusterTime: unknown };
		const more = await db.command({ getMore: id, collection: 'moments', readConcern: { level: 'snapshot' } });
		expect(more.cursor).toMatchObject({ atClusterTime });
	});

	test('resumes a stream after any event, and starts one at a time', async () => {
		const collection = db.collection<{ _id: number }>('resumed');
		await db.createCollection('resumed');
		const stream = collection.watch();
		const first = stream.next();
		await new Promise((resolve) => setTimeout(resolve, 50));
		for (let _id = 0; _id < 5; _id++) await collection.insertOne({ _id });
		const { _id: token, clusterTime } = await first;
		await stream.close();
		const rest = async (options: object): Promise<unknown[]> => {
			const resumed = collection.watch([], options);
			const ids = [];
			for (let event = await resumed.tryNext(); event; event = await resumed.tryNext())
				ids.push((event as { documentKey: { _id: unknown } }).documentKey._id);
			await resumed.close();
			return ids;
		};
		await expect(rest({ resumeAfter: token })).resolves.toEqual([1, 2, 3, 4]);
		await expect(rest({ startAfter: token })).resolves.toEqual([1, 2, 3, 4]);
		await expect(rest({ startAtOperationTime: clusterTime })).resolves.toEqual([0, 1, 2, 3, 4]);
	});

	test('a transaction is seen whole or not at all, and marked in the stream', async () => {
		const collection = db.collection<{ _id: number; n: number }>('moved');
		await collection.insertMany([
			{ _id: 1, n: 10 },
			{ _id: 2, n: 0 }
		]);
		const stream = collection.watch();
		const events: ChangeStreamDocument[] = [];
		stream.on('change', (event) => events.push(event));
		await new Promise((resolve) => stream.once('resumeTokenChanged', resolve));
		await client.withSession(async (session) => {
			session.startTransaction();
			await collection.updateOne({ _id: 1 }, { $inc: { n: -5 } }, { session });
			await collection.updateOne({ _id: 2 }, { $inc: { n: 5 } }, { session });
			expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ n }) => n)).toEqual([10, 0]);
			expect((await collection.find({}, { session }).sort({ _id: 1 }).toArray()).map(({ n }) => n)).toEqual([5, 5]);
			await session.commitTransaction();
		});
		expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ n }) => n)).toEqual([5, 5]);
		await expect.poll(() => events.length).toBe(2);
		await stream.close();
		const [one, two] = events as unknown as { lsid: { id: object }; txnNumber: number; clusterTime: object }[];
		expect(one!.txnNumber).toEqual(two!.txnNumber);
		expect(one!.lsid).toEqual(two!.lsid);
		expect(one!.clusterTime).toEqual(two!.clusterTime);
	});

	test('two transactions on one document conflict; a plain write waits for the transaction', async () => {
		const collection = db.collection<{ _id: number; n: number }>('contended');
		await collection.insertOne({ _id: 1, n: 0 });
		const [first, second] = [client.startSession(), client.startSession()];
		first.startTransaction();
		second.startTransaction();
		await collection.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: first });
		const refused = await collection
			.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: second })
			.catch((error: unknown) => error);
		expect(refused).toBeInstanceOf(MongoServerError);
		expect((refused as MongoServerError).code).toBe(112);
		expect((refused as MongoServerError).hasErrorLabel('TransientTransactionError')).toBe(true);
		let done = false;
		const plain = collection.updateOne({ _id: 1 }, { $inc: { n: 100 } }).then(() => (done = true));
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(done).toBe(false);
		await first.commitTransaction();
		await plain;
		expect((await collection.findOne({ _id: 1 }))!.n).toBe(101);
		await first.endSession();
		await second.endSession();
		// withTransaction runs again until nothing stands in its way.
		await Promise.all(
			Array.from({ length: 8 }, () =>
				client.withSession((session) =>
					session.withTransaction(async () => {
						const found = await collection.findOne({ _id: 1 }, { session });
						await collection.updateOne({ _id: 1 }, { $set: { n: found!.n + 1 } }, { session });
					})
				)
			)
		);
		expect((await collection.findOne({ _id: 1 }))!.n).toBe(109);
	});

	test('keeps number types through an update, and documents as they came', async () => {
		const collection = db.collection('typed', { promoteValues: false });
		const { Double, Int32 } = mongoose.mongo;
		const stored = {
			_id: new ObjectId(),
			double: new Double(1),
			int: new Int32(1),
			long: Long.fromNumber(1),
			nested: { list: [new Double(2), Long.fromNumber(3)] }
		};
		await collection.insertOne(stored);
		await collection.updateOne({ _id: stored._id }, { $set: { other: 'x' }, $inc: { long: 1 } });
		const found = (await collection.findOne({ _id: stored._id }))!;
		expect(found).toMatchObject({ double: new Double(1), int: new Int32(1), nested: stored.nested });
		expect(String(found.long)).toBe('2');
		expect(Number(await collection.countDocuments({ double: { $type: 'double' } }))).toBe(1);
		expect(Number(await collection.countDocuments({ double: { $type: 'int' } }))).toBe(0);
	});

	test('serves Mongoose', async () => {
		const connection = await mongoose.createConnection(database.url).asPromise();
		const schema = new mongoose.Schema(
			{
				seller: String,
				slug: String,
				price: mongoose.Schema.Types.Decimal128,
				stock: Number,
				tags: [String],
				expiresAt: { type: Date, expires: 0 }
			},
			{ timestamps: true, strict: 'throw', optimisticConcurrency: true }
		);
		schema.index({ seller: 1, slug: 1 }, { unique: true });
		const Product = connection.model('Product', schema);
		await Product.init();
		const product = await Product.create({ seller: 'a', slug: 'b', price: '12.50', stock: 3, tags: ['x'] });
		product.tags.push('y');
		product.stock = 2;
		await product.save();
		await expect(Product.create({ seller: 'a', slug: 'b' })).rejects.toMatchObject({
			code: 11000,
			keyPattern: { seller: 1, slug: 1 }
		});
		expect(
			await Product.findOneAndUpdate(
				{ slug: 'b', stock: { $gte: 1 } },
				{ $inc: { stock: -1 } },
				{ returnDocument: 'after' }
			).lean()
		).toMatchObject({ stock: 1, tags: ['x', 'y'] });
		await connection.transaction(async (session) => {
			await Product.create(
				[
					{ seller: 'c', slug: 'd', price: '0.1' },
					{ seller: 'c', slug: 'e', price: '0.2' }
				],
				{ session, ordered: true }
			);
		});
		const [sum] = await Product.aggregate<{ total: mongoose.Types.Decimal128; count: number }>([
			{ $match: { seller: 'c' } },
			{ $group: { _id: '$seller', total: { $sum: '$price' }, count: { $sum: 1 } } }
		]);
		expect([String(sum!.total), sum!.count]).toEqual(['0.3', 2]);
		expect(await Product.find({ seller: 'c' }).sort({ price: -1 }).select('slug -_id').lean()).toEqual([
			{ slug: 'e' },
			{ slug: 'd' }
		]);
		await Product.bulkWrite([
			{ updateOne: { filter: { seller: 'z', slug: 'z' }, update: { $set: { stock: 9 } }, upsert: true } },
			{ deleteOne: { filter: { slug: 'd' } } }
		]);
		expect(await Product.countDocuments()).toBe(3);
		expect((await Product.collection.indexes()).map(({ name }) => name).sort()).toEqual([
			'_id_',
			'expiresAt_1',
			'seller_1_slug_1'
		]);
		await connection.close();
	});

	test('runs each stage of a pipeline after a stage that makes documents of its own', async () => {
		const collection = db.collection<{ _id: number; to: string; n: number; tags: string[] }>('staged');
		await collection.insertMany([
			{ _id: 1, to: 'a', n: 1, tags: ['x', 'y'] },
			{ _id: 2, to: 'b', n: 5, tags: ['x'] },
			{ _id: 3, to: 'a', n: 2, tags: [] },
			{ _id: 4, to: 'c', n: 9, tags: ['y'] }
		]);
		const grouped = [{ $match: { n: { $lt: 9 } } }, { $group: { _id: '$to', n: { $sum: '$n' } } }];
		const after: [stages: object[], results: unknown[]][] = [
			[
				[{ $sort: { n: -1 } }],
				[
					{ _id: 'b', n: 5 },
					{ _id: 'a', n: 3 }
				]
			],
			[[{ $sort: { n: 1 } }, { $limit: 1 }], [{ _id: 'a', n: 3 }]],
			[[{ $sort: { n: 1 } }, { $skip: 1 }, { $project: { _id: 0, n: 1 } }], [{ n: 5 }]],
			[[{ $match: { n: 3 } }, { $sort: { n: 1 } }], [{ _id: 'a', n: 3 }]],
			[[{ $sort: { n: 1 } }, { $group: { _id: null, all: { $push: '$n' } } }], [{ _id: null, all: [3, 5] }]],
			[[{ $group: { _id: null, n: { $sum: '$n' } } }, { $sort: { n: 1 } }], [{ _id: null, n: 8 }]],
			[[{ $sortByCount: '$n' }, { $count: 'groups' }], [{ groups: 2 }]],
			[
				[{ $set: { twice: { $add: ['$n', '$n'] } } }, { $sort: { twice: 1 } }],
				[
					{ _id: 'a', n: 3, twice: 6 },
					{ _id: 'b', n: 5, twice: 10 }
				]
			],
			[
				[{ $unset: 'n' }, { $sort: { _id: 1 } }],
				[{ _id: 'a' }, { _id: 'b' }]
			],
			[
				[{ $facet: { least: [{ $sort: { n: 1 } }, { $limit: 1 }], count: [{ $count: 'n' }] } }],
				[{ least: [{ _id: 'a', n: 3 }], count: [{ n: 2 }] }]
			],
			[
				[
					{
						$lookup: {
							from: 'staged',
							localField: '_id',
							foreignField: 'to',
							as: 'of',
							pipeline: [{ $project: { n: 1 } }, { $sort: { n: -1 } }]
						}
					},
					{ $match: { _id: 'a' } }
				],
				[
					{
						_id: 'a',
						n: 3,
						of: [
							{ _id: 3, n: 2 },
							{ _id: 1, n: 1 }
						]
					}
				]
			]
		];
		for (const [stages, results] of after)
			expect(await collection.aggregate([...grouped, ...stages]).toArray(), JSON.stringify(stages)).toEqual(results);
		const tags = [{ $unwind: '$tags' }, { $sort: { tags: -1, n: 1 } }, { $project: { _id: 0, n: 1, tags: 1 } }];
		expect(await collection.aggregate(tags).toArray()).toEqual([
			{ n: 1, tags: 'y' },
			{ n: 9, tags: 'y' },
			{ n: 1, tags: 'x' },
			{ n: 5, tags: 'x' }
		]);
	});

	test('serves Agenda', async () => {
		const agenda = new Agenda({ backend: new MongoBackend({ mongo: db, collection: 'agendaJobs' }), processEvery: 50 });
		const ran: unknown[] = [];
		agenda.define('greet', async (job) => void ran.push((job.attrs.data as { to: string }).to));
		await agenda.start();
		await agenda.every('1 hour', 'greet', { to: 'each' });
		await agenda.now('greet', { to: 'now' });
		await agenda.schedule(new Date(Date.now() + 100), 'greet', { to: 'later' });
		await expect.poll(() => ran.toSorted(), { timeout: 10_000 }).toEqual(expect.arrayContaining(['later', 'now']));
		await agenda.stop();
	});

	test('says which index a query uses', async () => {
		const collection = db.collection('explained');
		await collection.createIndex({ kind: 1, at: -1 });
		await collection.insertMany(Array.from({ length: 20 }, (_, at) => ({ kind: at % 2 ? 'odd' : 'even', at })));
		const plan = await collection.find({ kind: 'odd' }).sort({ at: -1 }).explain('executionStats');
		expect(plan.queryPlanner.winningPlan).toMatchObject({
			stage: 'FETCH',
			inputStage: { stage: 'IXSCAN', indexName: 'kind_1_at_-1' }
		});
		expect(plan.executionStats).toMatchObject({ nReturned: 10, totalDocsExamined: 10 });
		expect((await collection.find({ at: 3 }).explain()).queryPlanner.winningPlan).toMatchObject({ stage: 'COLLSCAN' });
	});
});

describe('expiry and history', () => {
	let folder: string;
	beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'holdfast-mongo-'))));
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	test('removes what has expired by a TTL index, and says so in the log', async () => {
		const node = new Node(join(folder, 'data.sqlite'), false);
		const { storage } = node;
		const collection = storage.createCollection('test', 'sessions', {});
		storage.createIndex(collection, { v: 2, key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 });
		const { encode } = await import('#lib/server/embedded/mongo/values.ts');
		const now = Date.now();
		for (const [_id, at] of [
			[1, new Date(now - 61_000)],
			[2, new Date(now - 59_000)],
			[3, 'no date'],
			[4, null]
		] as const) {
			storage.insert(collection, collection.nextRid++, encode({ _id, at }), { _id, at }, storage.nextSeq());
		}
		const before = storage.seq;
		expect(await removeExpired(node, now)).toBe(1);
		expect([...storage.rows(collection, false)].length).toBe(3);
		storage.commit();
		expect(storage.logAfter(before, storage.seq, 10).map(({ op }) => op)).toEqual(['delete']);
		await node.close();
	});

	test('says that a snapshot is gone, and never goes on with another; the one that is read stays longest', async () => {
		const node = new Node(join(folder, 'data.sqlite'), false);
		const { storage, snapshots } = node;
		const later = () => {
			storage.createCollection('test', `c${storage.nextSeq()}`, {});
			storage.commit();
			return snapshots.at(undefined);
		};
		const left = snapshots.at(undefined);
		const read = later();
		for (let others = 0; others < 20; others++) {
			later();
			snapshots.keep(read);
		}
		expect(() => snapshots.keep(left)).toThrow(expect.objectContaining({ code: 239 }));
		await node.close();
	});
});
