import { randomBytes } from 'node:crypto';
import { CommandError } from './errors.ts';
import type { ChangeStream } from './oplog.ts';
import type { Snapshot } from './storage.ts';
import type { Transaction } from './transactions.ts';
import type { Document } from './values.ts';
import type { CursorPart } from './wire.ts';

/** How long a cursor nobody reads is kept. */
const IDLE_MS = 10 * 60_000;
/** A batch ends before it passes the largest document's size, so that an answer fits its message. */
const BATCH_BYTES = 16 * 1024 * 1024;

/** An open query: documents still to be sent. */
export interface Cursor {
	id: bigint;
	ns: string;
	db: string;
	source: Iterator<Uint8Array>;
	/** A document read but not sent, as it did not fit. */
	held?: Uint8Array;
	stream?: ChangeStream;
	/** Goes on after its end with what is there by then, waiting for it where `waits`. */
	tail?: { next(): Iterable<Uint8Array>; waits: boolean };
	transaction?: Transaction;
	session?: string;
	/** Where it reads what was there at one moment. */
	snapshot?: Snapshot;
	usedAt: number;
	noTimeout: boolean;
	extra?: Document;
	/** A getMore is being answered. */
	busy: boolean;
	/** Set where a waiting getMore is to return at once, as the cursor was killed. */
	wake?: () => void;
	killed: boolean;
}

export class Cursors {
	readonly #cursors = new Map<bigint, Cursor>();

	/** Opens a cursor; one that is read to its end in the first batch is not kept. */
	open(
		ns: string,
		source: Iterable<Uint8Array>,
		options: Partial<
			Pick<Cursor, 'stream' | 'tail' | 'transaction' | 'session' | 'snapshot' | 'noTimeout' | 'extra'>
		> = {}
	): Cursor {
		return {
			id: 0n,
			ns,
			db: ns.slice(0, ns.indexOf('.')),
			source: source[Symbol.iterator](),
			usedAt: Date.now(),
			noTimeout: false,
			busy: false,
			killed: false,
			...options
		};
	}

	/** Takes the next documents, at most `limit`; `done` where there are no more. */
	take(cursor: Cursor, limit: number): { batch: Uint8Array[]; done: boolean } {
		const batch: Uint8Array[] = [];
		let bytes = 0;
		while (batch.length < limit) {
			let next = cursor.held;
			cursor.held = undefined;
			if (!next) {
				const result = cursor.source.next();
				if (result.done) return { batch, done: true };
				next = result.value;
			}
			if (batch.length > 0 && bytes + next.length > BATCH_BYTES) {
				cursor.held = next;
				return { batch, done: false };
			}
			bytes += next.length;
			batch.push(next);
		}
		return { batch, done: false };
	}

	/** The first answer of a query. */
	first(cursor: Cursor, limit: number, single: boolean): CursorPart {
		const { batch, done } = this.take(cursor, limit);
		// A tailable cursor stays open at its end, unless there was nothing to be at the end of.
		if ((!done || (cursor.tail && batch.length > 0)) && !single) this.keep(cursor);
		return { id: cursor.id, ns: cursor.ns, field: 'firstBatch', batch, extra: cursor.extra };
	}

	keep(cursor: Cursor): void {
		do cursor.id = randomBytes(8).readBigInt64LE() & 0x7fffffffffffffffn;
		while (cursor.id === 0n || this.#cursors.has(cursor.id));
		this.#cursors.set(cursor.id, cursor);
	}

	/** Takes a tailable cursor's next documents: those that came after its end. */
	takeTail(cursor: Cursor, limit: number): Uint8Array[] {
		const { batch, done } = this.take(cursor, limit);
		if (!done) return batch;
		cursor.source = cursor.tail!.next()[Symbol.iterator]();
		return batch.length > 0 ? batch : this.take(cursor, limit).batch;
	}

	/** @throws CommandError CursorNotFound */
	get(id: bigint): Cursor {
		const cursor = this.#cursors.get(id);
		if (!cursor) throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
		return cursor;
	}

	/** Closes a cursor; false where there is none of this id. */
	close(id: bigint): boolean {
		const cursor = this.#cursors.get(id);
		if (!cursor) return false;
		this.#cursors.delete(id);
		cursor.killed = true;
		cursor.wake?.();
		cursor.source.return?.();
		return true;
	}

	/** Closes the cursors of sessions that have ended. */
	closeSession(session: string): void {
		for (const cursor of this.#cursors.values()) if (cursor.session === session) this.close(cursor.id);
	}

	closeCollection(ns: string): void {
		for (const cursor of this.#cursors.values()) if (cursor.ns === ns && !cursor.stream) this.close(cursor.id);
	}

	sweep(): void {
		const now = Date.now();
		for (const cursor of this.#cursors.values()) {
			if (!cursor.busy && !cursor.noTimeout && now - cursor.usedAt > IDLE_MS) this.close(cursor.id);
		}
	}

	closeAll(): void {
		for (const id of [...this.#cursors.keys()]) this.close(id);
	}
}
