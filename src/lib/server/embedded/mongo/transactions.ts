import { CommandError, duplicateKey, writeConflict } from './errors.ts';
import { encodeKey } from './keys.ts';
import {
	entryKeys,
	includesKey,
	type Collection,
	type Index,
	type KeyRange,
	type LogEntry,
	type Row,
	type Sequence,
	type Snapshot,
	type Storage,
	type View
} from './storage.ts';
import { decodePlain, encode, MAX_DOCUMENT, type Document } from './values.ts';
import type { UpdateDescription } from './update.ts';

/** What a command changes documents through: at once, or inside a transaction. Documents are given as BSON and plain. */
export interface Writer {
	insert(collection: Collection, bytes: Uint8Array, document: Document): void;
	/** `description` is undefined where the document was replaced as a whole. */
	update(collection: Collection, row: Row, bytes: Uint8Array, description: UpdateDescription | undefined): void;
	remove(collection: Collection, row: Row): void;
}

/** Thrown where a write meets what an open transaction has written: it is tried again when that one has ended. */
export class Blocked extends Error {
	readonly ended: Promise<void>;

	constructor(ended: Promise<void>) {
		super('blocked by a transaction');
		this.ended = ended;
	}
}

/** What open transactions have written, by document, `_id` and unique key: others wait, or conflict. */
export type Locks = Map<string, Transaction>;

const documentLock = (collection: Collection, rid: number): string => `${collection.id}:${rid}`;
const idLock = (collection: Collection, key: Uint8Array): string =>
	`${collection.id}:id:${Buffer.from(key).toString('latin1')}`;
const entryLock = (index: Index, key: Uint8Array): string => `${index.id}:key:${Buffer.from(key).toString('latin1')}`;

/** The names of everything a document's change touches that another's could clash with. */
function locksOf(collection: Collection, rid: number | undefined, ...documents: Document[]): string[] {
	const names = rid === undefined ? [] : [documentLock(collection, rid)];
	for (const document of documents) {
		names.push(idLock(collection, encodeKey(document._id)));
		for (const index of collection.indexes) {
			if (index.unique) for (const key of entryKeys(index, document).keys) names.push(entryLock(index, key));
		}
	}
	return names;
}

export function checkSize(bytes: Uint8Array): void {
	if (bytes.length > MAX_DOCUMENT) {
		throw new CommandError(
			'BSONObjectTooLarge',
			`BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT}`
		);
	}
}

function idBytes(document: Document): Uint8Array {
	return encode({ _id: document._id as unknown });
}

/** Writes outside a transaction: into the group that the storage commits next. */
export class DirectWriter implements Writer {
	readonly #storage: Storage;
	readonly #locks: Locks;

	constructor(storage: Storage, locks: Locks) {
		this.#storage = storage;
		this.#locks = locks;
	}

	insert(collection: Collection, bytes: Uint8Array, document: Document): void {
		this.#wait(collection, undefined, document);
		const seq = this.#storage.nextSeq();
		this.#storage.insert(collection, collection.nextRid++, bytes, document, seq);
		this.#log(seq, collection, { op: 'insert', key: idBytes(document), after: bytes });
	}

	update(collection: Collection, row: Row, bytes: Uint8Array, description: UpdateDescription | undefined): void {
		const before = decodePlain(row.bytes);
		const after = decodePlain(bytes);
		this.#wait(collection, row.rid, before, after);
		const seq = this.#storage.nextSeq();
		this.#storage.replace(collection, row.rid, before, bytes, after, seq);
		this.#log(seq, collection, changeEntry(collection, row, after, bytes, description));
	}

	remove(collection: Collection, row: Row): void {
		const before = decodePlain(row.bytes);
		this.#wait(collection, row.rid, before);
		const seq = this.#storage.nextSeq();
		this.#storage.remove(collection, row.rid, before);
		this.#log(seq, collection, removalEntry(collection, row, before));
	}

	#log(seq: Sequence, collection: Collection, entry: Omit<LogEntry, 'db' | 'collection'>): void {
		const fields = { ...entry.fields, uuid: collection.uuid };
		this.#storage.log(seq, seq, { ...entry, db: collection.db, collection: collection.name, fields });
	}

	#wait(collection: Collection, rid: number | undefined, ...documents: Document[]): void {
		if (this.#locks.size === 0) return;
		for (const name of locksOf(collection, rid, ...documents)) {
			const holder = this.#locks.get(name);
			if (holder) throw new Blocked(holder.ended);
		}
	}
}

/** Logs that a collection was made, as change streams with `showExpandedEvents` tell it. */
export function logCreation(storage: Storage, collection: Collection, seq: Sequence, origin?: Document): void {
	storage.log(seq, seq, {
		op: 'create',
		db: collection.db,
		collection: collection.name,
		fields: {
			...origin,
			uuid: collection.uuid,
			...(collection.options.viewOn === undefined
				? {
						nsType: 'collection',
						operationDescription: { idIndex: { v: 2, key: { _id: 1 }, name: '_id_' }, ...collection.options }
					}
				: { nsType: 'view', operationDescription: collection.options })
		}
	});
}

type Change = Omit<LogEntry, 'db' | 'collection'>;

function changeEntry(
	collection: Collection,
	row: Row,
	after: Document,
	bytes: Uint8Array,
	description: UpdateDescription | undefined
): Change {
	return {
		op: description ? 'update' : 'replace',
		key: idBytes(after),
		// A replacement always shows the new document; an update only where the collection keeps images.
		after: !description || collection.images ? bytes : undefined,
		before: collection.images ? row.bytes : undefined,
		fields: description && { updateDescription: description }
	};
}

function removalEntry(collection: Collection, row: Row, before: Document): Change {
	return { op: 'delete', key: idBytes(before), before: collection.images ? row.bytes : undefined };
}

type Operation =
	| { kind: 'insert'; collection: Collection; rid: number; bytes: Uint8Array; entry: Change }
	| { kind: 'update'; collection: Collection; rid: number; bytes: Uint8Array; entry: Change }
	| { kind: 'remove'; collection: Collection; rid: number; entry: Change };

/** What a transaction has made of a collection's documents: null where one is deleted. */
type Overlay = Map<number, Uint8Array | null>;

const keyText = (key: Uint8Array): string => Buffer.from(key).toString('latin1');

/**
 * A multi-document transaction: reads come from a snapshot on a connection of its own with the transaction's writes laid
 * over it; the writes reach the file together at the commit. The first to write a document has it: a second transaction
 * gets a WriteConflict at once, a write outside any transaction waits.
 */
export class Transaction implements View, Writer {
	readonly number: number;
	/** Resolves when the transaction has ended, either way. */
	readonly ended: Promise<void>;
	/** Collections made inside it, which its abort removes. */
	readonly created: Collection[] = [];
	readonly startedAt = Date.now();
	state: 'open' | 'committed' | 'aborted' = 'open';
	/** Whether any statement was run: the first one may still be refused without there having been a transaction. */
	readonly readConcern: Document | undefined;
	readonly #storage: Storage;
	readonly #locks: Locks;
	readonly #snapshot: Snapshot;
	readonly #end: () => void;
	readonly #overlays = new Map<Collection, Overlay>();
	/** Where in the overlay a document of an `_id` is: a transaction can write thousands. */
	readonly #written = new Map<Collection, Map<string, number>>();
	readonly #held = new Set<string>();
	readonly #operations: Operation[] = [];

	constructor(storage: Storage, locks: Locks, number: number, readConcern: Document | undefined) {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#storage = storage;
		this.#locks = locks;
		this.number = number;
		this.readConcern = readConcern;
		this.ended = promise;
		this.#end = resolve;
		this.#snapshot = storage.snapshot();
	}

	get seq(): Sequence {
		return this.#snapshot.seq;
	}

	get hasWrites(): boolean {
		return this.#operations.length > 0;
	}

	// --- reading ------------------------------------------------------------------------------------------------------

	byKey(collection: Collection, key: Uint8Array): Row | undefined {
		const overlay = this.#overlays.get(collection);
		const rid = this.#written.get(collection)?.get(keyText(key));
		const bytes = rid === undefined ? undefined : overlay?.get(rid);
		if (rid !== undefined && bytes) return { rid, bytes };
		if (this.#isNew(collection)) return undefined;
		const row = this.#snapshot.byKey(collection, key);
		return row && overlay?.has(row.rid) ? undefined : row;
	}

	*rows(collection: Collection, reverse: boolean, page?: number): Generator<Row> {
		const added = reverse ? this.#added(collection).reverse() : this.#added(collection);
		if (reverse) yield* added;
		if (!this.#isNew(collection)) yield* this.#over(collection, this.#snapshot.rows(collection, reverse, page));
		if (!reverse) yield* added;
	}

	*ids(collection: Collection, range: KeyRange, reverse: boolean, page?: number): Generator<Row> {
		if (this.#overlays.has(collection)) return yield* this.rows(collection, reverse, page);
		if (!this.#isNew(collection)) yield* this.#snapshot.ids(collection, range, reverse, page);
	}

	*entries(collection: Collection, index: Index, range: KeyRange, reverse: boolean, page?: number): Generator<Row> {
		// Documents that the transaction changed may have moved in the index: they are all offered, and the filter decides.
		const overlay = this.#overlays.get(collection);
		if (overlay) for (const [rid, bytes] of overlay) if (bytes) yield { rid, bytes };
		if (this.#isNew(collection)) return;
		for (const row of this.#snapshot.entries(collection, index, range, reverse, page))
			if (!overlay?.has(row.rid)) yield row;
	}

	unordered(collection: Collection): boolean {
		return this.#overlays.has(collection);
	}

	/** The collection's table is not in the snapshot: it was made later. */
	#isNew(collection: Collection): boolean {
		return this.created.includes(collection) || !this.#snapshot.has(collection);
	}

	#added(collection: Collection): Row[] {
		const overlay = this.#overlays.get(collection);
		if (!overlay) return [];
		const rows: Row[] = [];
		for (const operation of this.#operations) {
			if (operation.kind !== 'insert' || operation.collection !== collection) continue;
			const bytes = overlay.get(operation.rid);
			if (bytes) rows.push({ rid: operation.rid, bytes });
		}
		return rows;
	}

	*#over(collection: Collection, rows: Iterable<Row>): Generator<Row> {
		const overlay = this.#overlays.get(collection);
		for (const row of rows) {
			const bytes = overlay?.get(row.rid);
			if (bytes === undefined) yield row;
			else if (bytes) yield { rid: row.rid, bytes };
		}
	}

	// --- writing ------------------------------------------------------------------------------------------------------

	insert(collection: Collection, bytes: Uint8Array, document: Document): void {
		const key = encodeKey(document._id);
		if (this.byKey(collection, key))
			throw duplicateKey(collection.ns, '_id_', { _id: 1 }, { _id: document._id as unknown });
		const now = this.#storage.byKey(collection, key);
		// Someone has stored this _id since the snapshot was taken.
		if (now && !this.#overlays.get(collection)?.has(now.rid)) throw writeConflict();
		const rid = collection.nextRid++;
		this.#claim(collection, undefined, document);
		this.#checkUnique(collection, rid, document);
		this.#put(collection, rid, key, bytes);
		this.#operations.push({
			kind: 'insert',
			collection,
			rid,
			bytes,
			entry: { op: 'insert', key: idBytes(document), after: bytes }
		});
	}

	update(collection: Collection, row: Row, bytes: Uint8Array, description: UpdateDescription | undefined): void {
		const before = decodePlain(row.bytes);
		const after = decodePlain(bytes);
		this.#refuseStale(collection, row.rid);
		this.#claim(collection, row.rid, before, after);
		this.#checkUnique(collection, row.rid, after);
		this.#put(collection, row.rid, encodeKey(before._id), bytes);
		this.#operations.push({
			kind: 'update',
			collection,
			rid: row.rid,
			bytes,
			entry: changeEntry(collection, row, after, bytes, description)
		});
	}

	remove(collection: Collection, row: Row): void {
		const before = decodePlain(row.bytes);
		this.#refuseStale(collection, row.rid);
		this.#claim(collection, row.rid, before);
		this.#put(collection, row.rid, encodeKey(before._id), null);
		this.#operations.push({ kind: 'remove', collection, rid: row.rid, entry: removalEntry(collection, row, before) });
	}

	#put(collection: Collection, rid: number, key: Uint8Array, bytes: Uint8Array | null): void {
		let overlay = this.#overlays.get(collection);
		if (!overlay) this.#overlays.set(collection, (overlay = new Map<number, Uint8Array | null>()));
		let written = this.#written.get(collection);
		if (!written) this.#written.set(collection, (written = new Map<string, number>()));
		overlay.set(rid, bytes);
		written.set(keyText(key), rid);
	}

	#refuseStale(collection: Collection, rid: number): void {
		if (collection.dropped) throw writeConflict();
		if (this.#overlays.get(collection)?.has(rid)) return;
		const version = this.#storage.version(collection, rid);
		if (version === undefined || version > this.#snapshot.seq) throw writeConflict();
	}

	#claim(collection: Collection, rid: number | undefined, ...documents: Document[]): void {
		const names = locksOf(collection, rid, ...documents);
		for (const name of names) {
			const holder = this.#locks.get(name);
			if (holder && holder !== this) throw writeConflict();
		}
		for (const name of names) {
			this.#locks.set(name, this);
			this.#held.add(name);
		}
	}

	#checkUnique(collection: Collection, rid: number, document: Document): void {
		for (const index of collection.indexes) {
			if (!index.unique) continue;
			const { keys, values } = entryKeys(index, document);
			for (const [at, key] of keys.entries()) {
				const holder = this.#holder(collection, index, key, rid);
				if (holder === undefined) continue;
				if (holder === 'later') throw writeConflict();
				const fields = Object.keys(index.spec.key as Document);
				throw duplicateKey(
					collection.ns,
					index.name,
					index.spec.key as Document,
					Object.fromEntries(fields.map((field, position) => [field, values[at]![position] ?? null]))
				);
			}
		}
	}

	/** Who holds a unique key: another document this transaction sees, one stored since its snapshot, or nobody. */
	#holder(collection: Collection, index: Index, key: Uint8Array, rid: number): number | 'later' | undefined {
		const overlay = this.#overlays.get(collection);
		for (const [other, bytes] of overlay ?? []) {
			if (other !== rid && bytes && includesKey(entryKeys(index, decodePlain(bytes)).keys, key)) return other;
		}
		const now = this.#storage.holder(index, key, rid);
		if (now === undefined || overlay?.has(now)) return undefined;
		return !this.#isNew(collection) && this.#snapshot.byRid(collection, now) ? now : 'later';
	}

	// --- the end ------------------------------------------------------------------------------------------------------

	/** Makes all writes at once. `origin` marks their changes: the session and number of the transaction. */
	commit(origin: Document, remember: () => void): void {
		try {
			if (this.#operations.length > 0 || this.created.length > 0) this.#apply(origin, remember);
			for (const collection of this.created) collection.maker = undefined;
			this.state = 'committed';
		} catch (error) {
			this.abort();
			throw error;
		}
		this.#release();
	}

	#apply(origin: Document, remember: () => void): void {
		const storage = this.#storage;
		storage.atomically(() => {
			for (const collection of this.created) logCreation(storage, collection, storage.nextSeq(), origin);
			const seqs = this.#operations.map(() => storage.nextSeq());
			const cluster = storage.seq;
			for (const [at, operation] of this.#operations.entries()) {
				const { collection, rid, entry } = operation;
				if (collection.dropped) throw writeConflict();
				if (operation.kind === 'insert')
					storage.insert(collection, rid, operation.bytes, decodePlain(operation.bytes), cluster);
				else {
					const current = decodePlain(storage.byRid(collection, rid)!.bytes);
					if (operation.kind === 'remove') storage.remove(collection, rid, current);
					else storage.replace(collection, rid, current, operation.bytes, decodePlain(operation.bytes), cluster);
				}
				storage.log(seqs[at]!, cluster, {
					...entry,
					db: collection.db,
					collection: collection.name,
					fields: { ...origin, ...entry.fields, uuid: collection.uuid }
				});
			}
			remember();
		});
	}

	abort(): void {
		if (this.state !== 'open') return;
		this.state = 'aborted';
		for (const collection of this.created) if (!collection.dropped) this.#storage.dropCollection(collection);
		this.#release();
	}

	#release(): void {
		for (const name of this.#held) this.#locks.delete(name);
		this.#snapshot.close();
		this.#overlays.clear();
		this.#operations.length = 0;
		this.#end();
	}
}
