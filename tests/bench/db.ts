/**
 * `npm run bench:db`: what the embedded database costs beside bare parts of itself, in turn, in one run.
 *
 * - A durable insert with 16 writers, beside `node:sqlite` making the same rows with the same number of documents a commit
 *   and `synchronous=FULL`.
 * - A find by `_id`, beside the driver against a server that answers the same bytes without looking.
 * - An update until an open change stream has told it, beside this disk's fsync.
 * - The process's memory at rest, as the system counts it (Linux alone tells).
 *
 * Prints a table, or with `--json` one object a line; exits 1 where a target is missed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serialize } from 'bson';
import { MongoClient, ObjectId, type Collection, type Document } from 'mongodb';
import { encodeReply, Frames, frameReply, parseRequest } from '#lib/server/embedded/mongo/wire.ts';
import { median, report, type Row } from './report.ts';

const { values: flags } = parseArgs({
	options: {
		json: { type: 'boolean', default: false },
		rounds: { type: 'string', default: '5' },
		/** The server that answers without looking runs as a process of its own, as the database does. */
		mute: { type: 'string' }
	}
});
const rounds = Number(flags.rounds);
const WRITERS = 16;
const INSERTS = 1600;
const FINDS = 2000;
const CHANGES = 200;

function document(at: number): Document {
	return {
		_id: new ObjectId(),
		seller: `0x${String(at).padStart(40, '0')}`,
		title: `Listing ${at}`,
		price: at * 100,
		tags: ['a', 'b'],
		at: new Date()
	};
}

// --- the server that answers without looking ------------------------------------------------------------------------------

/** Speaks the wire protocol just enough: every find is answered with one and the same document. */
function muteServer(path: string): Server {
	const hello = {
		isWritablePrimary: true,
		maxBsonObjectSize: 16 * 1024 * 1024,
		maxMessageSizeBytes: 48_000_000,
		maxWriteBatchSize: 100_000,
		logicalSessionTimeoutMinutes: 30,
		minWireVersion: 0,
		maxWireVersion: 25,
		ok: 1
	};
	const batch = [serialize(document(1))];
	return createServer((socket) => {
		const frames = new Frames();
		socket.setNoDelay(true);
		socket.on('error', () => socket.destroy());
		socket.on('data', (chunk: Buffer) => {
			for (const frame of frames.push(chunk)) {
				const request = parseRequest(frame);
				const answer = request.body.find
					? encodeReply({ ok: 1 }, { id: 0n, ns: 'bench.found', field: 'firstBatch', batch })
					: encodeReply(request.body.hello || request.body.ismaster ? hello : { ok: 1 });
				socket.write(frameReply(request, answer));
			}
		});
	}).listen(path, () =>
		console.log(JSON.stringify({ url: `mongodb://${encodeURIComponent(path)}/bench?directConnection=true` }))
	);
}

interface Running {
	url: string;
	child: ChildProcess;
}

async function startProcess(file: string, ...args: string[]): Promise<Running> {
	const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], {
		stdio: ['pipe', 'pipe', 'inherit']
	});
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	return { url: (JSON.parse(line.toString()) as { url: string }).url, child };
}

async function stop({ child }: Running): Promise<void> {
	child.kill('SIGTERM');
	await once(child, 'exit');
}

// --- measures -------------------------------------------------------------------------------------------------------------

/** Milliseconds an insert, all writers at work. */
async function insertDurably(collection: Collection): Promise<number> {
	let at = 0;
	const began = performance.now();
	await Promise.all(
		Array.from({ length: WRITERS }, async () => {
			while (at < INSERTS) await collection.insertOne(document(at++), { writeConcern: { w: 'majority' } });
		})
	);
	return (performance.now() - began) / INSERTS;
}

/** The same rows by SQLite alone: a document, its key, its log entry and its session's memory, `WRITERS` a commit. */
class Bare {
	readonly #db: DatabaseSync;

	constructor(file: string) {
		this.#db = new DatabaseSync(file);
		this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
			CREATE TABLE c1 (rid INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, seq INTEGER NOT NULL, doc BLOB NOT NULL);
			CREATE TABLE oplog (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, key BLOB, after BLOB, fields BLOB);
			CREATE TABLE retries (session BLOB NOT NULL, txn INTEGER NOT NULL, result BLOB NOT NULL, PRIMARY KEY (session, txn)) WITHOUT ROWID;`);
	}

	insert(): number {
		const row = this.#db.prepare('INSERT INTO c1 (key, seq, doc) VALUES (?, ?, ?)');
		const log = this.#db.prepare('INSERT INTO oplog (at, key, after, fields) VALUES (?, ?, ?, ?)');
		const remember = this.#db.prepare('INSERT OR REPLACE INTO retries (session, txn, result) VALUES (?, ?, ?)');
		const began = performance.now();
		for (let at = 0; at < INSERTS; at += WRITERS) {
			this.#db.exec('BEGIN IMMEDIATE');
			for (let writer = 0; writer < WRITERS; writer++) {
				const fields = document(at + writer);
				const bytes = serialize(fields);
				const key = (fields._id as ObjectId).id;
				row.run(key, at, bytes);
				log.run(at, key, bytes, key);
				remember.run(Buffer.alloc(16, writer), 1, key);
			}
			this.#db.exec('COMMIT');
		}
		return (performance.now() - began) / INSERTS;
	}

	close(): void {
		this.#db.close();
	}
}

/** Milliseconds a find, one after the other. */
async function find(collection: Collection, ids: ObjectId[]): Promise<number> {
	const began = performance.now();
	for (let at = 0; at < FINDS; at++) await collection.findOne({ _id: ids[at % ids.length]! });
	return (performance.now() - began) / FINDS;
}

/** Milliseconds from the call of an update until the stream has told it, each time. */
async function changes(collection: Collection, id: ObjectId): Promise<number[]> {
	const stream = collection.watch();
	let told: () => void = () => {};
	stream.on('change', () => told());
	await once(stream, 'resumeTokenChanged');
	const times: number[] = [];
	for (let at = 0; at < CHANGES; at++) {
		const { promise, resolve } = Promise.withResolvers<void>();
		told = resolve;
		const began = performance.now();
		const written = collection.updateOne({ _id: id }, { $inc: { n: 1 } });
		await promise;
		times.push(performance.now() - began);
		await written;
	}
	await stream.close();
	return times;
}

/** Milliseconds this disk takes to make 8 KB durable, each time. */
function fsyncs(file: string): number[] {
	const times: number[] = [];
	const handle = openSync(file, 'a');
	const page = Buffer.alloc(8192, 1);
	for (let at = 0; at < 100; at++) {
		const began = performance.now();
		writeSync(handle, page);
		fdatasyncSync(handle);
		times.push(performance.now() - began);
	}
	closeSync(handle);
	return times;
}

function quantile(values: number[], share: number): number {
	return values.toSorted((left, right) => left - right)[
		Math.min(values.length - 1, Math.floor(values.length * share))
	]!;
}

function residentMegabytes(child: ChildProcess): number | undefined {
	try {
		const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
		return Number(kilobytes) / 1024;
	} catch {
		return undefined;
	}
}

async function main(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
	const database = await startProcess(
		'../../src/lib/server/embedded/mongo/main.ts',
		'--file',
		join(folder, 'data.sqlite')
	);
	const mute = await startProcess('db.ts', '--mute', join(folder, 'mute.sock'));
	const bare = new Bare(join(folder, 'bare.sqlite'));
	const client = await MongoClient.connect(database.url, { maxPoolSize: WRITERS });
	const muteClient = await MongoClient.connect(mute.url);
	await sleep(2000);
	const atRest = residentMegabytes(database.child);

	const inserted = client.db('bench').collection('inserted');
	const found = client.db('bench').collection('found');
	const documents = Array.from({ length: 1000 }, (_, at) => document(at));
	await found.insertMany(documents);
	const ids = documents.map(({ _id }) => _id as ObjectId);
	const muteFound = muteClient.db('bench').collection('found');

	const inserts: number[] = [];
	const bareInserts: number[] = [];
	const finds: number[] = [];
	const muteFinds: number[] = [];
	const syncs: number[] = [];
	const told: number[] = [];
	// The first round warms both sides up.
	for (let round = 0; round <= rounds; round++) {
		const measured = [await insertDurably(inserted), bare.insert(), await find(found, ids), await find(muteFound, ids)];
		const sync = fsyncs(join(folder, 'fsync'));
		const change = await changes(found, ids[0]!);
		if (round === 0) continue;
		inserts.push(measured[0]!);
		bareInserts.push(measured[1]!);
		finds.push(measured[2]!);
		muteFinds.push(measured[3]!);
		syncs.push(...sync);
		told.push(...change);
	}
	await client.close();
	await muteClient.close();
	bare.close();
	await stop(database);
	await stop(mute);
	rmSync(folder, { recursive: true, force: true });

	const fsync = median(syncs);
	const milliseconds = (value: number): string => `${value.toFixed(3)} ms`;
	const rows: Row[] = [
		{
			name: `durable insert, ${WRITERS} writers, beside bare SQLite`,
			value: median(inserts) / median(bareInserts),
			unit: '×',
			target: 1.5,
			note: `${milliseconds(median(inserts))} beside ${milliseconds(median(bareInserts))}`
		},
		{
			name: 'find by _id, beside a server that does not look',
			value: median(finds) / median(muteFinds),
			unit: '×',
			target: 2,
			note: `${milliseconds(median(finds))} beside ${milliseconds(median(muteFinds))}`
		},
		{
			name: 'update → change event, p50',
			value: quantile(told, 0.5),
			unit: 'ms',
			target: fsync + 1,
			note: `an fsync takes ${milliseconds(fsync)}`
		},
		{
			name: 'update → change event, p99',
			value: quantile(told, 0.99),
			unit: 'ms',
			target: 3 * fsync + 3,
			note: `of ${told.length}`
		}
	];
	if (atRest !== undefined)
		rows.push({ name: 'memory at rest', value: atRest, unit: 'MB', target: 95, note: 'resident set of the process' });
	report(rows, flags.json);
}

if (flags.mute !== undefined) {
	const server = muteServer(flags.mute);
	process.on('SIGTERM', () => process.exit(0));
	server.on('error', (error) => {
		throw error;
	});
} else await main();
