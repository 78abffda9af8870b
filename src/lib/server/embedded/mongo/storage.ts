import { randomUUID } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { CommandError, duplicateKey } from './errors.ts';
import { encodeKey, indexKeys, type KeyPattern } from './keys.ts';
import { compileFilter, type Filter } from './match.ts';
import { decodePlain, decodeTyped, encode, toNumber, type Document } from './values.ts';

/** An index of a collection, as declared and as the planner needs it. */
export interface Index {
	id: number;
	name: string;
	/** The declaration as `listIndexes` shows it. */
	spec: Document;
	pattern: KeyPattern;
	unique: boolean;
	sparse: boolean;
	partial?: Filter;
	expireAfterSeconds?: number;
	/** Some document has an array at one of its fields, so a document can have several entries. */
	multikey: boolean;
}

export interface Collection {
	id: number;
	db: string;
	name: string;
	/** `db.name` */
	ns: string;
	uuid: string;
	options: Document;
	/** All but the one on `_id`, which is the table's own key. */
	indexes: Index[];
	nextRid: number;
	dropped: boolean;
	/** The open transaction that made it, by the promise of its end: others do not see the collection until then. */
	maker?: Promise<void>;
	/** Change events of this collection carry the document before and after. */
	images: boolean;
}

/** A stored document and its place. */
export interface Row {
	rid: number;
	bytes: Uint8Array;
}

/** A range of index keys: from `low` (inclusive) to `high` (exclusive). */
export interface KeyRange {
	low: Uint8Array;
	high: Uint8Array;
}

/** Where a command reads: the newest state, or a transaction's own. */
export interface View {
	byKey(collection: Collection, key: Uint8Array): Row | undefined;
	/** In the order in which they were inserted; `after` a row's place, where given. */
	rows(collection: Collection, reverse: boolean, page?: number, after?: number): Iterable<Row>;
	/** In the order of `_id`. */
	ids(collection: Collection, range: KeyRange, reverse: boolean, page?: number): Iterable<Row>;
	entries(collection: Collection, index: Index, range: KeyRange, reverse: boolean, page?: number): Iterable<Row>;
	/** Whether index order cannot be relied on, as documents not yet in the index lie over the collection. */
	unordered(collection: Collection): boolean;
}

/** One change, as the log keeps it. */
export interface LogEntry {
	op:
		| 'insert'
		| 'update'
		| 'replace'
		| 'delete'
		| 'drop'
		| 'dropDatabase'
		| 'rename'
		| 'create'
		| 'createIndexes'
		| 'dropIndexes'
		| 'modify';
	db: string;
	/** Empty for what concerns a whole database. */
	collection: string;
	/** The document's `{ _id }`, as BSON. */
	key?: Uint8Array;
	/** The document after the change. */
	after?: Uint8Array;
	/** The document before it. */
	before?: Uint8Array;
	/** What else change streams show: `updateDescription`, `lsid`, `txnNumber`, `to`, `operationDescription`. */
	fields?: Document;
}

/** A change in the log. `at` is the wall clock, in milliseconds. */
export interface LogRow extends LogEntry {
	seq: Sequence;
	at: number;
	cluster: Sequence;
}

/** A cluster time, ordered: seconds × 2^20 + increment, exact in a double until the year 2242. */
export type Sequence = number;
export const SECOND: Sequence = 2 ** 20;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS collections (id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL, name TEXT NOT NULL, uuid TEXT NOT NULL, options BLOB NOT NULL, UNIQUE (db, name));
CREATE TABLE IF NOT EXISTS indexes (id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, spec BLOB NOT NULL, multikey INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS entries (idx INTEGER NOT NULL, key BLOB NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (idx, key, rid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS oplog (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, db TEXT NOT NULL, collection TEXT NOT NULL, op TEXT NOT NULL, cluster INTEGER NOT NULL, key BLOB, after BLOB, before BLOB, fields BLOB);
CREATE TABLE IF NOT EXISTS retries (session BLOB NOT NULL, txn INTEGER NOT NULL, stmt INTEGER NOT NULL, at INTEGER NOT NULL, result BLOB NOT NULL, PRIMARY KEY (session, txn, stmt)) WITHOUT ROWID;
`;

const VERSION = 1;

/** A connection and its prepared statements. */
class Connection {
	readonly db: DatabaseSync;
	readonly #statements = new Map<string, StatementSync>();

	constructor(file: string, readOnly: boolean) {
		this.db = new DatabaseSync(file, { readOnly, timeout: 5000 });
	}

	prepare(sql: string): StatementSync {
		let statement = this.#statements.get(sql);
		if (!statement) {
			statement = this.db.prepare(sql);
			statement.setReturnArrays(true);
			this.#statements.set(sql, statement);
		}
		return statement;
	}

	get(sql: string, ...values: SQLInputValue[]): unknown[] | undefined {
		return this.prepare(sql).get(...values) as unknown as unknown[] | undefined;
	}

	all(sql: string, ...values: SQLInputValue[]): unknown[][] {
		return this.prepare(sql).all(...values) as unknown as unknown[][];
	}

	run(sql: string, ...values: SQLInputValue[]): void {
		this.prepare(sql).run(...values);
	}

	forget(): void {
		this.#statements.clear();
	}
}

/** Reads through one connection. Scans go page by page, so no statement stays open while others write. */
class ConnectionView implements View {
	protected readonly connection: Connection;

	constructor(connection: Connection) {
		this.connection = connection;
	}

	byKey(collection: Collection, key: Uint8Array): Row | undefined {
		const found = this.connection.get(`SELECT rid, doc FROM c${collection.id} WHERE key = ?`, key);
		return found && toRow(found);
	}

	byRid(collection: Collection, rid: number): Row | undefined {
		const found = this.connection.get(`SELECT rid, doc FROM c${collection.id} WHERE rid = ?`, rid);
		return found && toRow(found);
	}

	*rows(collection: Collection, reverse: boolean, page = 32, after = 0): Generator<Row> {
		let at = reverse ? Number.MAX_SAFE_INTEGER : after;
		const [sign, order] = reverse ? ['<', 'DESC'] : ['>', 'ASC'];
		for (let size = page; ; size = Math.min(size * 2, 512)) {
			failIfDropped(collection);
			const found = this.connection.all(
				`SELECT rid, doc FROM c${collection.id} WHERE rid ${sign} ? ORDER BY rid ${order} LIMIT ?`,
				at,
				size
			);
			for (const row of found) yield toRow(row);
			if (found.length < size) return;
			at = found.at(-1)![0] as number;
		}
	}

	*ids(collection: Collection, { low, high }: KeyRange, reverse: boolean, page = 32): Generator<Row> {
		let from = reverse ? high : low;
		let strictly = reverse;
		for (let size = page; ; size = Math.min(size * 2, 512)) {
			failIfDropped(collection);
			const where = reverse
				? `key >= ? AND key < ? ORDER BY key DESC`
				: `key < ? AND key ${strictly ? '>' : '>='} ? ORDER BY key`;
			const found = this.connection.all(
				`SELECT rid, doc, key FROM c${collection.id} WHERE ${where} LIMIT ?`,
				reverse ? low : high,
				from,
				size
			);
			for (const row of found) yield toRow(row);
			if (found.length < size) return;
			from = found.at(-1)![2] as Uint8Array;
			strictly = true;
		}
	}

	*entries(collection: Collection, index: Index, { low, high }: KeyRange, reverse: boolean, page = 32): Generator<Row> {
		const table = `entries e JOIN c${collection.id} c ON c.rid = e.rid`;
		let from: [Uint8Array, number] = reverse ? [high, -1] : [low, -1];
		const where = reverse
			? 'e.idx = ? AND e.key >= ? AND (e.key, e.rid) < (?, ?) ORDER BY e.key DESC, e.rid DESC'
			: 'e.idx = ? AND e.key < ? AND (e.key, e.rid) > (?, ?) ORDER BY e.key, e.rid';
		for (let size = page; ; size = Math.min(size * 2, 512)) {
			failIfDropped(collection);
			const found = this.connection.all(
				`SELECT e.rid, c.doc, e.key FROM ${table} WHERE ${where} LIMIT ?`,
				index.id,
				reverse ? low : high,
				from[0],
				from[1],
				size
			);
			for (const row of found) yield toRow(row);
			if (found.length < size) return;
			const last = found.at(-1)!;
			from = [last[2] as Uint8Array, last[0] as number];
		}
	}

	/** The document, other than `except`, that holds a key in an index. */
	holder(index: Index, key: Uint8Array, except: number): number | undefined {
		return this.connection.get(
			'SELECT rid FROM entries WHERE idx = ? AND key = ? AND rid <> ? LIMIT 1',
			index.id,
			key,
			except
		)?.[0] as number | undefined;
	}

	unordered(): boolean {
		return false;
	}
}

/** What a change takes in the log beside its documents, about. */
const LOG_ROW_BYTES = 150;
const LOG_COLUMNS = 'seq, at, db, collection, op, cluster, key, after, before, fields';

function toLogRow([seq, at, db, collection, op, cluster, key, after, before, fields]: unknown[]): LogRow {
	return {
		seq,
		at,
		db,
		collection,
		op,
		cluster,
		key,
		after,
		before,
		fields: fields && decodeTyped(fields as Uint8Array)
	} as LogRow;
}

function toRow(columns: unknown[]): Row {
	return { rid: columns[0] as number, bytes: columns[1] as Uint8Array };
}

function failIfDropped(collection: Collection): void {
	if (collection.dropped) throw new CommandError(175, `collection dropped. UUID ${collection.uuid}`);
}

/** The state of the file at one moment, on a connection of its own: later writes are not seen. */
export class Snapshot extends ConnectionView {
	/** The last change this snapshot contains. */
	readonly seq: Sequence;
	readonly #release: (connection: Connection) => void;

	constructor(connection: Connection, seq: Sequence, release: (connection: Connection) => void) {
		super(connection);
		this.seq = seq;
		this.#release = release;
	}

	/** Whether a collection was there at the snapshot's moment. */
	has(collection: Collection): boolean {
		return this.connection.get('SELECT 1 FROM collections WHERE id = ?', collection.id) !== undefined;
	}

	close(): void {
		this.#release(this.connection);
	}
}

/** Writes that are committed together, and the promises of their clients. */
interface Group {
	lastSeq: Sequence;
	/** In the file: survives the end of this process. */
	committed: PromiseWithResolvers<void>;
	/** On the disk: survives the end of the machine. */
	synced: PromiseWithResolvers<void>;
}

function newGroup(): Group {
	const group = { lastSeq: 0, committed: Promise.withResolvers<void>(), synced: Promise.withResolvers<void>() };
	// A client that asked for less does not wait for these; a failure reaches those that do.
	group.committed.promise.catch(() => {});
	group.synced.promise.catch(() => {});
	return group;
}

/**
 * One SQLite file in WAL mode. All writes go through one connection, one group at a time: what is asked while the disk
 * works is committed together. SQLite itself runs with `synchronous=NORMAL`, which orders the writes but does not wait for
 * the disk at a commit; this class waits for the write-ahead log's fsync off the main thread, which is the same promise as
 * `synchronous=FULL` without stopping readers meanwhile.
 */
export class Storage extends ConnectionView {
	readonly file: string;
	readonly #lock: DatabaseSync;
	readonly #collections = new Map<string, Collection>();
	readonly #idle: Connection[] = [];
	readonly #wal: number;
	#group: Group | undefined;
	#latest: Group | undefined;
	#awaitingSync: Group[] = [];
	#syncing: Promise<void> | undefined;
	#seq: Sequence;
	#durableSeq: Sequence;
	#broken: Error | undefined;
	/** Counts changes of collections and indexes: a statement that is undone may have made some. */
	#definitions = 0;
	/** Bytes logged since the log was last trimmed. */
	#logged = 0;
	/** Called when changes have become durable, with the last one's sequence. */
	onDurable: (seq: Sequence) => void = () => {};

	/** @throws Error that names the file where another process holds it. */
	constructor(file: string) {
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		const lock = holdLock(file);
		const connection = openWith(lock, file);
		super(connection);
		this.file = file;
		this.#lock = lock;
		connection.db.exec(
			'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;'
		);
		connection.db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT;`);
		// A write, so that the write-ahead log is there to be synced.
		connection.run(`INSERT OR REPLACE INTO meta (name, value) VALUES ('opened', ?)`, Date.now());
		this.#wal = openSync(`${file}-wal`, 'r+');
		this.#load();
		this.#seq =
			(connection.get(
				`SELECT max(coalesce((SELECT max(seq) FROM oplog), 0), coalesce((SELECT value FROM meta WHERE name = 'seq'), 0))`
			)![0] as number) ?? 0;
		this.#seq = Math.max(this.#seq, Math.floor(Date.now() / 1000) * SECOND);
		this.#durableSeq = this.#seq;
	}

	/** Reads what memory holds of the file again; what others hold of it counts as dropped. */
	#reload(): void {
		this.connection.forget();
		for (const collection of this.#collections.values()) collection.dropped = true;
		this.#load();
	}

	#load(): void {
		this.#collections.clear();
		for (const [id, db, name, uuid, options] of this.connection.all(
			'SELECT id, db, name, uuid, options FROM collections'
		)) {
			const collection = makeCollection(
				id as number,
				db as string,
				name as string,
				uuid as string,
				decodePlain(options as Uint8Array)
			);
			collection.nextRid =
				((this.connection.get(`SELECT max(rid) FROM c${collection.id}`)?.[0] as number | null) ?? 0) + 1;
			for (const [indexId, spec, multikey] of this.connection.all(
				'SELECT id, spec, multikey FROM indexes WHERE collection = ? ORDER BY id',
				id as number
			)) {
				collection.indexes.push(makeIndex(indexId as number, decodePlain(spec as Uint8Array), multikey === 1));
			}
			this.#collections.set(collection.ns, collection);
		}
	}

	// --- time ---------------------------------------------------------------------------------------------------------

	/** The time of the last change. */
	get seq(): Sequence {
		return this.#seq;
	}

	/** The last change that is on the disk: change streams show no later one. */
	get durableSeq(): Sequence {
		return this.#durableSeq;
	}

	nextSeq(): Sequence {
		this.#seq = Math.max(this.#seq + 1, Math.floor(Date.now() / 1000) * SECOND + 1);
		return this.#seq;
	}

	// --- groups -------------------------------------------------------------------------------------------------------

	/** Begins a group of writes where none is open. Every write calls it; the group ends by itself, soon. */
	begin(): void {
		if (this.#broken) throw this.#broken;
		if (this.#group) return;
		this.connection.db.exec('BEGIN IMMEDIATE');
		this.#group = this.#latest = newGroup();
		setImmediate(() => this.commit());
	}

	/** Ends the open group, if there is one: its writes are in the file. */
	commit(): void {
		const group = this.#group;
		if (!group) return;
		this.#group = undefined;
		try {
			this.connection.db.exec('COMMIT');
		} catch (error) {
			this.#discard(group, error);
			return;
		}
		group.lastSeq = this.#seq;
		group.committed.resolve();
		this.#awaitingSync.push(group);
		this.#sync();
	}

	/** Undoes the open group: its clients are told why, and what memory holds of it is read again. */
	#discard(group: Group, cause: unknown): void {
		this.#group = undefined;
		if (this.connection.db.isTransaction) this.connection.db.exec('ROLLBACK');
		this.connection.forget();
		this.#reload();
		const error = diskError(cause);
		group.committed.reject(error);
		group.synced.reject(error);
	}

	/**
	 * Runs writes that stand or fall together inside the group. A failure of the disk undoes the whole group, as SQLite
	 * may have undone part of it.
	 */
	atomically<T>(writes: () => T): T {
		this.begin();
		const group = this.#group!;
		const definitions = this.#definitions;
		this.connection.db.exec('SAVEPOINT statement');
		try {
			const result = writes();
			this.connection.db.exec('RELEASE statement');
			return result;
		} catch (error) {
			if (this.#group !== group) throw error;
			if (isDiskError(error)) {
				this.#discard(group, error);
				throw diskError(error);
			}
			this.connection.db.exec('ROLLBACK TO statement; RELEASE statement');
			if (this.#definitions !== definitions) this.#reload();
			throw error;
		}
	}

	#sync(): void {
		if (this.#syncing || this.#awaitingSync.length === 0) return;
		const groups = this.#awaitingSync;
		this.#awaitingSync = [];
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#syncing = promise;
		fdatasync(this.#wal, (cause) => {
			this.#syncing = undefined;
			if (cause) {
				// What the disk holds is unknown now: nothing may be promised until the file is opened anew.
				this.#broken = diskError(cause);
				for (const group of groups) group.synced.reject(this.#broken);
			} else {
				this.#durableSeq = groups.at(-1)!.lastSeq;
				for (const group of groups) group.synced.resolve();
				this.onDurable(this.#durableSeq);
			}
			resolve();
			this.#sync();
		});
	}

	/** Resolves when all writes made so far are in the file. */
	committed(): Promise<void> {
		return this.#latest?.committed.promise ?? Promise.resolve();
	}

	/** Resolves when all writes made so far are on the disk. */
	durable(): Promise<void> {
		return this.#latest?.synced.promise ?? Promise.resolve();
	}

	// --- reading ------------------------------------------------------------------------------------------------------

	/** The present state, to be read unchanged for as long as the snapshot is open. */
	snapshot(): Snapshot {
		this.commit();
		const connection = this.#idle.pop() ?? new Connection(this.file, true);
		connection.db.exec('BEGIN');
		connection.get('SELECT 1 FROM meta LIMIT 1');
		return new Snapshot(connection, this.#seq, (released) => {
			released.db.exec('ROLLBACK');
			if (this.#idle.length < 4) this.#idle.push(released);
			else released.db.close();
		});
	}

	collection(db: string, name: string): Collection | undefined {
		return this.#collections.get(`${db}.${name}`);
	}

	collections(db: string): Collection[] {
		return [...this.#collections.values()].filter((collection) => collection.db === db);
	}

	databases(): string[] {
		return [...new Set([...this.#collections.values()].map(({ db }) => db))].sort();
	}

	count(collection: Collection): number {
		return this.connection.get(`SELECT count(*) FROM c${collection.id}`)![0] as number;
	}

	/** Bytes of documents of a collection. */
	size(collection: Collection): number {
		return (this.connection.get(`SELECT coalesce(sum(length(doc)), 0) FROM c${collection.id}`)![0] as number) ?? 0;
	}

	/** The last change of a document: undefined where it is not there now. */
	version(collection: Collection, rid: number): Sequence | undefined {
		return this.connection.get(`SELECT seq FROM c${collection.id} WHERE rid = ?`, rid)?.[0] as Sequence | undefined;
	}

	// --- documents ----------------------------------------------------------------------------------------------------

	/**
	 * Stores a new document under the id key of its `_id`.
	 * @throws CommandError DuplicateKey, before anything is written.
	 */
	insert(collection: Collection, rid: number, bytes: Uint8Array, document: Document, seq: Sequence): void {
		this.begin();
		const key = encodeKey(document._id);
		if (this.connection.get(`SELECT 1 FROM c${collection.id} WHERE key = ?`, key)) {
			throw duplicateKey(collection.ns, '_id_', { _id: 1 }, { _id: document._id as unknown });
		}
		const entries = this.#newEntries(collection, rid, document);
		this.#write(() => {
			this.connection.run(
				`INSERT INTO c${collection.id} (rid, key, seq, doc) VALUES (?, ?, ?, ?)`,
				rid,
				key,
				seq,
				bytes
			);
			this.#addEntries(entries, rid);
		});
	}

	/** Stores a document in another's place. @throws CommandError DuplicateKey, before anything is written. */
	replace(
		collection: Collection,
		rid: number,
		before: Document,
		bytes: Uint8Array,
		after: Document,
		seq: Sequence
	): void {
		this.begin();
		const entries = this.#newEntries(collection, rid, after);
		this.#write(() => {
			this.connection.run(`UPDATE c${collection.id} SET seq = ?, doc = ? WHERE rid = ?`, seq, bytes, rid);
			for (const { index, keys } of entries) {
				const old = entryKeys(index, before).keys;
				for (const key of old) if (!includesKey(keys, key)) this.#removeEntry(index, key, rid);
				for (const key of keys) if (!includesKey(old, key)) this.#addEntry(index, key, rid);
			}
		});
	}

	/** Removes the oldest documents of a capped collection that lie beyond its bounds. No change stream tells of them. */
	trimCapped(collection: Collection): void {
		const { size, max } = collection.options as { size?: unknown; max?: unknown };
		const [most, bytes] = [toNumber(max) ?? Infinity, toNumber(size) ?? Infinity];
		for (const row of this.rows(collection, false, 1)) {
			if (this.count(collection) <= most && this.size(collection) <= bytes) return;
			this.remove(collection, row.rid, decodePlain(row.bytes));
		}
	}

	remove(collection: Collection, rid: number, before: Document): void {
		this.begin();
		this.#write(() => {
			this.connection.run(`DELETE FROM c${collection.id} WHERE rid = ?`, rid);
			for (const index of collection.indexes)
				for (const key of entryKeys(index, before).keys) this.#removeEntry(index, key, rid);
		});
	}

	#write(writes: () => void): void {
		const group = this.#group!;
		try {
			writes();
		} catch (error) {
			// Unique keys were asked for before, so what fails here is the file: half a statement must not stay.
			this.#discard(group, error);
			throw diskError(error);
		}
	}

	/** The entries a document wants. @throws CommandError where one is another document's, or the document cannot be indexed. */
	#newEntries(collection: Collection, rid: number, document: Document): { index: Index; keys: Buffer[] }[] {
		return collection.indexes.map((index) => {
			const { keys, values, multikey } = entryKeys(index, document);
			if (index.unique) {
				for (const [at, key] of keys.entries()) {
					if (this.holder(index, key, rid) !== undefined) throw duplicateEntry(collection, index, values[at]!);
				}
			}
			if (multikey && !index.multikey) {
				index.multikey = true;
				this.connection.run('UPDATE indexes SET multikey = 1 WHERE id = ?', index.id);
			}
			return { index, keys };
		});
	}

	#addEntries(entries: { index: Index; keys: Buffer[] }[], rid: number): void {
		for (const { index, keys } of entries) for (const key of keys) this.#addEntry(index, key, rid);
	}

	#addEntry(index: Index, key: Uint8Array, rid: number): void {
		this.connection.run('INSERT INTO entries (idx, key, rid) VALUES (?, ?, ?)', index.id, key, rid);
	}

	#removeEntry(index: Index, key: Uint8Array, rid: number): void {
		this.connection.run('DELETE FROM entries WHERE idx = ? AND key = ? AND rid = ?', index.id, key, rid);
	}

	// --- collections --------------------------------------------------------------------------------------------------

	createCollection(db: string, name: string, options: Document): Collection {
		this.#definitions++;
		return this.atomically(() => {
			const uuid = randomUUID();
			this.connection.run(
				'INSERT INTO collections (db, name, uuid, options) VALUES (?, ?, ?, ?)',
				db,
				name,
				uuid,
				encode(options)
			);
			const id = this.connection.get('SELECT last_insert_rowid()')![0] as number;
			this.connection.db.exec(
				`CREATE TABLE c${id} (rid INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, seq INTEGER NOT NULL, doc BLOB NOT NULL)`
			);
			const collection = makeCollection(id, db, name, uuid, options);
			this.#collections.set(collection.ns, collection);
			return collection;
		});
	}

	setOptions(collection: Collection, options: Document): void {
		this.#definitions++;
		this.begin();
		this.connection.run('UPDATE collections SET options = ? WHERE id = ?', encode(options), collection.id);
		collection.options = options;
		collection.images = hasImages(options);
	}

	dropCollection(collection: Collection): void {
		this.#definitions++;
		this.atomically(() => {
			for (const index of collection.indexes) this.connection.run('DELETE FROM entries WHERE idx = ?', index.id);
			this.connection.run('DELETE FROM indexes WHERE collection = ?', collection.id);
			this.connection.run('DELETE FROM collections WHERE id = ?', collection.id);
			this.connection.db.exec(`DROP TABLE c${collection.id}`);
		});
		collection.dropped = true;
		this.#collections.delete(collection.ns);
	}

	renameCollection(collection: Collection, db: string, name: string): void {
		this.#definitions++;
		this.begin();
		this.connection.run('UPDATE collections SET db = ?, name = ? WHERE id = ?', db, name, collection.id);
		this.#collections.delete(collection.ns);
		Object.assign(collection, { db, name, ns: `${db}.${name}` });
		this.#collections.set(collection.ns, collection);
	}

	// --- indexes ------------------------------------------------------------------------------------------------------

	/** Declares an index and builds it. @throws CommandError DuplicateKey where a unique one meets two equal keys. */
	createIndex(collection: Collection, spec: Document): Index {
		const index = this.atomically(() => {
			this.connection.run('INSERT INTO indexes (collection, spec) VALUES (?, ?)', collection.id, encode(spec));
			const created = makeIndex(this.connection.get('SELECT last_insert_rowid()')![0] as number, spec, false);
			for (const row of this.rows(collection, false, 512)) {
				const { keys, values, multikey } = entryKeys(created, decodePlain(row.bytes));
				created.multikey ||= multikey;
				for (const [at, key] of keys.entries()) {
					if (created.unique && this.holder(created, key, row.rid) !== undefined)
						throw duplicateEntry(collection, created, values[at]!);
					this.#addEntry(created, key, row.rid);
				}
			}
			if (created.multikey) this.connection.run('UPDATE indexes SET multikey = 1 WHERE id = ?', created.id);
			return created;
		});
		collection.indexes.push(index);
		this.#definitions++;
		return index;
	}

	setIndexSpec(index: Index, spec: Document): void {
		this.#definitions++;
		this.begin();
		this.connection.run('UPDATE indexes SET spec = ? WHERE id = ?', encode(spec), index.id);
		Object.assign(index, makeIndex(index.id, spec, index.multikey));
	}

	dropIndex(collection: Collection, index: Index): void {
		this.#definitions++;
		this.atomically(() => {
			this.connection.run('DELETE FROM entries WHERE idx = ?', index.id);
			this.connection.run('DELETE FROM indexes WHERE id = ?', index.id);
		});
		collection.indexes.splice(collection.indexes.indexOf(index), 1);
	}

	// --- log ----------------------------------------------------------------------------------------------------------

	/** Appends a change to the log. `cluster` is the time clients are told: one for all changes of a transaction. */
	log(seq: Sequence, cluster: Sequence, entry: LogEntry): void {
		this.begin();
		this.#logged += (entry.after?.length ?? 0) + (entry.before?.length ?? 0) + LOG_ROW_BYTES;
		this.connection.run(
			'INSERT INTO oplog (seq, at, db, collection, op, cluster, key, after, before, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
			seq,
			Date.now(),
			entry.db,
			entry.collection,
			entry.op,
			cluster,
			entry.key ?? null,
			entry.after ?? null,
			entry.before ?? null,
			entry.fields ? encode(entry.fields) : null
		);
	}

	/** Changes after `after` up to `until`, oldest first. */
	logAfter(after: Sequence, until: Sequence, limit: number): LogRow[] {
		return this.connection
			.all(`SELECT ${LOG_COLUMNS} FROM oplog WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`, after, until, limit)
			.map(toLogRow);
	}

	/** The change at a time, where the log still has it. */
	logAt(seq: Sequence): LogRow | undefined {
		const found = this.connection.get(`SELECT ${LOG_COLUMNS} FROM oplog WHERE seq = ?`, seq);
		return found && toLogRow(found);
	}

	/** Everything up to this time has been trimmed. */
	logStart(): Sequence {
		return (this.connection.get(`SELECT value FROM meta WHERE name = 'trimmed'`)?.[0] as Sequence | undefined) ?? 0;
	}

	/** The last change that lies beyond `bytes` of newer ones. Reads the whole log, so it is asked rarely. */
	#lastBeyond(bytes: number): Sequence | null {
		this.#logged = 0;
		return this.connection.get(
			`SELECT max(seq) FROM (SELECT seq, sum(coalesce(length(after), 0) + coalesce(length(before), 0) + ${LOG_ROW_BYTES}) OVER (ORDER BY seq DESC) AS total FROM oplog) WHERE total > ?`,
			bytes
		)?.[0] as Sequence | null;
	}

	/** Drops changes older than `before` (milliseconds) or beyond `bytes` of newer ones. */
	trimLog(before: number, bytes: number): void {
		// A sequence begins with its second, so that the primary key finds what is old.
		const old = this.connection.get(
			'SELECT max(seq) FROM oplog WHERE seq < ?',
			Math.floor(before / 1000) * SECOND
		)?.[0] as Sequence | null;
		const large = this.#logged > bytes / 32 ? this.#lastBeyond(bytes) : null;
		const upTo = Math.max(old ?? 0, large ?? 0);
		if (upTo === 0) return;
		this.atomically(() => {
			this.connection.run('DELETE FROM oplog WHERE seq <= ?', upTo);
			this.connection.run(`INSERT OR REPLACE INTO meta (name, value) VALUES ('trimmed', ?)`, upTo);
			this.connection.run(`INSERT OR REPLACE INTO meta (name, value) VALUES ('seq', ?)`, this.#seq);
		});
	}

	// --- retryable writes ---------------------------------------------------------------------------------------------

	/** Remembers what a statement of a retryable write answered, in the same commit as the write. */
	rememberRetry(session: Uint8Array, txn: number, stmt: number, result: Document): void {
		this.begin();
		this.connection.run('DELETE FROM retries WHERE session = ? AND txn < ?', session, txn);
		this.connection.run(
			'INSERT OR REPLACE INTO retries (session, txn, stmt, at, result) VALUES (?, ?, ?, ?, ?)',
			session,
			txn,
			stmt,
			Date.now(),
			encode(result)
		);
	}

	/** What a statement answered when it was first run; undefined where it was not. */
	recallRetry(session: Uint8Array, txn: number, stmt: number): Document | undefined {
		const found = this.connection.get(
			'SELECT result FROM retries WHERE session = ? AND txn = ? AND stmt = ?',
			session,
			txn,
			stmt
		);
		return found && decodePlain(found[0] as Uint8Array);
	}

	/** The highest transaction number a session is known to have used; -1 where none. */
	lastTxn(session: Uint8Array): number {
		return (this.connection.get('SELECT max(txn) FROM retries WHERE session = ?', session)?.[0] as number | null) ?? -1;
	}

	forgetRetries(before: number): void {
		if (!this.connection.get('SELECT 1 FROM retries WHERE at < ? LIMIT 1', before)) return;
		this.begin();
		this.connection.run('DELETE FROM retries WHERE at < ?', before);
	}

	/** Commits what is open, waits for the disk, and closes the file. */
	async close(): Promise<void> {
		this.commit();
		await this.durable().catch(() => {});
		while (this.#syncing) await this.#syncing;
		for (const connection of this.#idle) connection.db.close();
		closeSync(this.#wal);
		this.connection.db.close();
		this.#lock.close();
	}
}

function makeCollection(id: number, db: string, name: string, uuid: string, options: Document): Collection {
	return {
		id,
		db,
		name,
		ns: `${db}.${name}`,
		uuid,
		options,
		indexes: [],
		nextRid: 1,
		dropped: false,
		images: hasImages(options)
	};
}

function hasImages(options: Document): boolean {
	return (options.changeStreamPreAndPostImages as { enabled?: boolean } | undefined)?.enabled === true;
}

function makeIndex(id: number, spec: Document, multikey: boolean): Index {
	const key = spec.key as Document;
	return {
		id,
		name: spec.name as string,
		spec,
		pattern: {
			paths: Object.keys(key).map((path) => path.split('.')),
			directions: Object.values(key).map((direction) => ((toNumber(direction) ?? 1) < 0 ? -1 : 1))
		},
		unique: spec.unique === true,
		sparse: spec.sparse === true,
		partial: spec.partialFilterExpression ? compileFilter(spec.partialFilterExpression as Document) : undefined,
		expireAfterSeconds: toNumber(spec.expireAfterSeconds),
		multikey
	};
}

/** The entries of a document in an index: none where the index is partial or sparse and leaves the document out. */
export function entryKeys(
	index: Index,
	document: Document
): { keys: Buffer[]; values: unknown[][]; multikey: boolean } {
	if (index.partial && !index.partial.test(document)) return NO_ENTRIES;
	if (index.sparse && !index.pattern.paths.some((path) => reaches(document, path, 0))) return NO_ENTRIES;
	return indexKeys(document, index.pattern);
}

const NO_ENTRIES = { keys: [], values: [], multikey: false };

/** Whether a document has the field, in any element where arrays lie on the way. */
function reaches(value: unknown, path: string[], at: number): boolean {
	if (at === path.length) return value !== undefined;
	if (Array.isArray(value)) return value.some((element) => reaches(element, path, at));
	if (typeof value !== 'object' || value === null || !Object.hasOwn(value, path[at]!)) return false;
	return reaches((value as Document)[path[at]!], path, at + 1);
}

function duplicateEntry(collection: Collection, index: Index, values: unknown[]): CommandError {
	const fields = Object.keys(index.spec.key as Document);
	return duplicateKey(
		collection.ns,
		index.name,
		index.spec.key as Document,
		Object.fromEntries(fields.map((field, at) => [field, values[at] ?? null]))
	);
}

export function includesKey(keys: readonly Uint8Array[], key: Uint8Array): boolean {
	return keys.some((other) => Buffer.compare(other, key) === 0);
}

/**
 * One process a file: a lock file is held for as long as the process lives, however it ends.
 * (SQLite's own locks let several processes write in turn, which this server's caches do not.)
 */
function holdLock(file: string): DatabaseSync {
	const lock = new DatabaseSync(`${file}-lock`, { timeout: 0 });
	try {
		lock.exec('BEGIN EXCLUSIVE');
	} catch {
		lock.close();
		let holder = '';
		try {
			holder = ` (process ${readFileSync(`${file}-pid`, 'utf8').trim()})`;
		} catch {
			// The holder is named where it can be; the refusal stands anyway.
		}
		throw new Error(`The database ${file} is open in another process${holder}. Stop that one first.`);
	}
	writeFileSync(`${file}-pid`, `${process.pid}\n`);
	return lock;
}

/** Opens the file; a failure gives the lock back. */
function openWith(lock: DatabaseSync, file: string): Connection {
	try {
		const connection = new Connection(file, false);
		const version = connection.get('PRAGMA user_version')![0] as number;
		if (version > VERSION) {
			connection.db.close();
			throw new Error(`${file} was written by a later version of this server (${version} > ${VERSION})`);
		}
		return connection;
	} catch (error) {
		lock.close();
		throw error;
	}
}

const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;

function isDiskError(error: unknown): boolean {
	const code = (error as { errcode?: number }).errcode;
	return code !== undefined && ((code & 0xff) === SQLITE_FULL || (code & 0xff) === SQLITE_IOERR);
}

function diskError(cause: unknown): Error {
	const { errcode, code } = cause as { errcode?: number; code?: string };
	if ((errcode !== undefined && (errcode & 0xff) === SQLITE_FULL) || code === 'ENOSPC') {
		return new CommandError('OutOfDiskSpace', 'disk full: the write was not made. Free some space and try again.');
	}
	if (cause instanceof CommandError) return cause;
	return new CommandError(
		'InternalError',
		`the disk refused a write: ${cause instanceof Error ? cause.message : String(cause)}`
	);
}
