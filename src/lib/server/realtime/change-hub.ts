// One change stream for the whole process, read in groups that belong together.
import { Timestamp, type ChangeStream, type ChangeStreamDocument, type Db, type Document } from 'mongodb';
import type { Logger } from 'pino';
import { transactionMarkers } from '#lib/server/db/transaction.ts';

/** One document's step from one state to the next; null is no document. */
export type Change = {
	collection: string;
	/** The document's `_id` as text. */
	id: string;
	/** The state after exactly this change, whatever happened since. */
	after: Document | null;
	/** The state before; null also where the collection keeps no pre-images. */
	before: Document | null;
};

/** The changes that became visible at one moment: those of a transaction, or a single one. */
export type ChangeGroup = { time: Timestamp; changes: Change[] };

/** Where changes come from, in their order. `position`: every change up to it was handed to the listeners. */
export type ChangeSource = {
	readonly position: Timestamp;
	onGroup: (listener: (group: ChangeGroup) => void) => void;
	/** Changes are missing for good: whoever holds a state must read it anew. */
	onLost: (listener: () => void) => void;
};

export type ChangeHubOptions = {
	db: Db;
	/** Collections that are followed; the changes of others are not even read. */
	collections: readonly string[];
	log: Logger;
	/** How long a transaction without a closing marker is waited for; ms. */
	markerPatience?: number;
	/** The longest pause between attempts to reach the database again; ms. */
	maxPause?: number;
};

type Pending = { transaction: string; group: ChangeGroup; timer: NodeJS.Timeout };

const changeStreamHistoryLost = 286;
/** A post-image that is missing: it was never kept, or the server has dropped it. Resuming would meet it again. */
const noMatchingDocument = 47;
const changeStreamFatalError = 280;

/** What takes documents away without a change for each of them. */
const endings: ReadonlySet<string> = new Set(['drop', 'rename', 'dropDatabase', 'invalidate']);

/**
 * Follows a database. Listeners are called in the order of the changes, each with a whole group before the next.
 * After an error the stream resumes from its token. Where it cannot, `onLost` says that changes are missing: whoever
 * holds a state must read it anew.
 */
export class ChangeHub implements ChangeSource {
	readonly #options: ChangeHubOptions;
	readonly #groupListeners = new Set<(group: ChangeGroup) => void>();
	readonly #lostListeners = new Set<() => void>();
	readonly #closing = new AbortController();
	#position: Timestamp = new Timestamp({ t: 0, i: 0 });
	/** Where the stream begins until it has a token. */
	#beginning: Timestamp = new Timestamp({ t: 0, i: 0 });
	#token: unknown;
	#pending: Pending | null = null;
	#stream: ChangeStream | null = null;
	#running: Promise<void> | null = null;

	private constructor(options: ChangeHubOptions) {
		this.#options = options;
	}

	/**
	 * Opens the stream at the database's present.
	 * @throws where the database cannot be reached
	 */
	static async open(options: ChangeHubOptions): Promise<ChangeHub> {
		const hub = new ChangeHub(options);
		hub.#begin(await operationTime(options.db));
		hub.#running = hub.#run();
		return hub;
	}

	/** Every change up to here was handed to the listeners. */
	get position(): Timestamp {
		return this.#position;
	}

	onGroup(listener: (group: ChangeGroup) => void): void {
		this.#groupListeners.add(listener);
	}

	onLost(listener: () => void): void {
		this.#lostListeners.add(listener);
	}

	async close(): Promise<void> {
		this.#closing.abort();
		if (this.#pending !== null) clearTimeout(this.#pending.timer);
		await this.#stream?.close();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { log, maxPause = 5_000 } = this.#options;
		let pause = 50;
		while (!this.#closing.signal.aborted) {
			try {
				await this.#follow(() => (pause = 50));
			} catch (error) {
				if (this.#closing.signal.aborted) return;
				const code = (error as { code?: unknown }).code;
				log.warn({ code, reason: String(error) }, 'the change stream broke');
				// What was read of an unfinished transaction comes again with the token, which is the last whole group's.
				this.#discardPending();
				if (code === changeStreamHistoryLost || code === noMatchingDocument || code === changeStreamFatalError)
					await this.#startAnew();
			}
			await sleep(pause, this.#closing.signal);
			pause = Math.min(pause * 2, maxPause);
		}
	}

	/** Reads until the stream ends or fails. */
	async #follow(onRead: () => void): Promise<void> {
		const { db, collections } = this.#options;
		const stream = db.watch([{ $match: { 'ns.coll': { $in: [...collections, transactionMarkers] } } }], {
			// Post-images: with 'updateLookup' a later state would slip into an earlier change.
			fullDocument: 'required',
			fullDocumentBeforeChange: 'whenAvailable',
			...(this.#token === undefined ? { startAtOperationTime: this.#beginning } : { resumeAfter: this.#token })
		});
		this.#stream = stream;
		try {
			while (!this.#closing.signal.aborted) {
				const event = await stream.next();
				onRead();
				if (endings.has(event.operationType)) {
					this.#discardPending();
					return await this.#startAnew();
				}
				this.#read(event);
			}
		} finally {
			await stream.close().catch(() => undefined);
		}
	}

	/** Goes on right after a moment, whose own changes nobody needs any more. */
	#begin(after: Timestamp): void {
		this.#position = after;
		this.#beginning = new Timestamp({ t: after.t, i: after.i + 1 });
		this.#token = undefined;
	}

	/** Changes are missing for good: goes on from the present, and tells everybody. */
	async #startAnew(): Promise<void> {
		const { db, log } = this.#options;
		try {
			this.#begin(await operationTime(db));
		} catch (error) {
			// Still unreachable: the token stays lost, and the next attempt comes by here again.
			log.warn({ reason: String(error) }, 'the database does not answer');
			return;
		}
		for (const listener of this.#lostListeners) listener();
	}

	#read(event: ChangeStreamDocument): void {
		const change = changeOf(event);
		const time = 'clusterTime' in event && event.clusterTime ? event.clusterTime : this.#position;
		const transaction = transactionOf(event);
		if (this.#pending !== null && this.#pending.transaction !== transaction) this.#closeGroup();

		if (transaction === null) {
			this.#token = event._id;
			if (change !== null && change.collection !== transactionMarkers) this.#deliver({ time, changes: [change] });
			else this.#position = time;
			return;
		}
		this.#pending ??= { transaction, group: { time, changes: [] }, timer: this.#markerTimer() };
		if (change === null) return;
		if (change.collection === transactionMarkers) {
			this.#token = event._id;
			this.#closeGroup();
		} else this.#pending.group.changes.push(change);
	}

	#markerTimer(): NodeJS.Timeout {
		return setTimeout(() => {
			this.#options.log.warn('a transaction without a closing marker was read');
			this.#closeGroup();
		}, this.#options.markerPatience ?? 500);
	}

	/** Without a marker the token stays before the group: a group read twice does no harm, one read in half does. */
	#closeGroup(): void {
		const pending = this.#pending;
		if (pending === null) return;
		this.#discardPending();
		this.#deliver(pending.group);
	}

	#discardPending(): void {
		if (this.#pending !== null) clearTimeout(this.#pending.timer);
		this.#pending = null;
	}

	#deliver(group: ChangeGroup): void {
		this.#position = group.time;
		if (group.changes.length === 0) return;
		for (const listener of this.#groupListeners) {
			try {
				listener(group);
			} catch (error) {
				this.#options.log.error({ err: error }, 'a listener of the change hub failed');
			}
		}
	}
}

function transactionOf(event: ChangeStreamDocument): string | null {
	const { lsid, txnNumber } = event as { lsid?: { id: { toString(): string } }; txnNumber?: unknown };
	return lsid === undefined || txnNumber === undefined ? null : `${lsid.id.toString()}:${String(txnNumber)}`;
}

function changeOf(event: ChangeStreamDocument): Change | null {
	switch (event.operationType) {
		case 'insert':
		case 'update':
		case 'replace':
			return {
				collection: event.ns.coll,
				id: String(event.documentKey._id),
				after: event.fullDocument ?? null,
				before: ('fullDocumentBeforeChange' in event ? event.fullDocumentBeforeChange : null) ?? null
			};
		case 'delete':
			return {
				collection: event.ns.coll,
				id: String(event.documentKey._id),
				after: null,
				before: event.fullDocumentBeforeChange ?? null
			};
		default:
			return null;
	}
}

/** The database's present as a cluster time. */
async function operationTime(db: Db): Promise<Timestamp> {
	const answer = await db.command({ hello: 1 });
	const time: unknown = answer.operationTime ?? answer.$clusterTime?.clusterTime;
	if (!(time instanceof Timestamp)) throw new Error('The database has no cluster time: it must be a replica set');
	return time;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(done, ms);
		function done() {
			clearTimeout(timer);
			signal.removeEventListener('abort', done);
			resolve();
		}
		signal.addEventListener('abort', done);
		if (signal.aborted) done();
	});
}
