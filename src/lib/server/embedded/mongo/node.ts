import { ObjectId } from 'bson';
import { Cursors } from './cursors.ts';
import { FailPoints } from './failpoints.ts';
import { Sessions } from './sessions.ts';
import { Storage, type Sequence, type Snapshot } from './storage.ts';
import { CommandError } from './errors.ts';
import type { Locks } from './transactions.ts';

/** Everything the commands share: the one member of the replica set. */
export class Node {
	readonly storage: Storage;
	readonly locks: Locks = new Map();
	readonly sessions: Sessions;
	readonly cursors = new Cursors();
	readonly snapshots: Snapshots;
	readonly failPoints = new FailPoints();
	readonly processId = new ObjectId();
	readonly startedAt = Date.now();
	/** How clients reach it: a socket's path, or `host:port`. */
	address = '';
	readonly setName = 'holdfast';
	/** Fault injection may be asked for (`configureFailPoint`): for tests of drivers alone. */
	readonly testCommands: boolean;
	readonly #waiting = new Set<() => void>();

	constructor(file: string, testCommands: boolean) {
		this.storage = new Storage(file);
		this.sessions = new Sessions(this.storage, this.locks);
		this.snapshots = new Snapshots(this.storage);
		this.testCommands = testCommands;
		this.storage.onDurable = () => this.#wake();
	}

	/** Resolves at the next durable change, when the cursor is killed, or after `limit` milliseconds. */
	nextChange(limit: number, onWake: (wake: () => void) => void): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		const finish = (): void => {
			clearTimeout(timer);
			this.#waiting.delete(finish);
			resolve();
		};
		const timer = setTimeout(finish, limit);
		this.#waiting.add(finish);
		onWake(finish);
		return promise;
	}

	#wake(): void {
		for (const wake of [...this.#waiting]) wake();
	}

	async close(): Promise<void> {
		this.#wake();
		this.cursors.closeAll();
		this.snapshots.closeAll();
		this.sessions.abortAll();
		await this.storage.close();
	}
}

/** How long a snapshot read may be repeated at its time. */
const SNAPSHOT_MS = 60_000;
/** Snapshots kept at once; each holds a connection and the write-ahead log's pages since its time. */
const MAX_SNAPSHOTS = 16;

interface Kept {
	snapshot: Snapshot;
	usedAt: number;
}

function tooOld(): CommandError {
	return new CommandError(239, 'Read timestamp is older than the oldest available timestamp.');
}

/** Snapshots of reads with read concern `snapshot` outside transactions, kept for the session's next reads at that time. */
class Snapshots {
	readonly #storage: Storage;
	readonly #kept = new Map<Sequence, Kept>();

	constructor(storage: Storage) {
		this.#storage = storage;
	}

	/** The present state, or the one at `seq`. @throws CommandError SnapshotTooOld (239) where that is no longer kept. */
	at(seq: Sequence | undefined): Snapshot {
		const wanted = seq ?? this.#storage.seq;
		let kept = this.#kept.get(wanted);
		if (!kept) {
			if (seq !== undefined && seq < this.#storage.seq) throw tooOld();
			this.#drop((count) => count >= MAX_SNAPSHOTS);
			kept = { snapshot: this.#storage.snapshot(), usedAt: 0 };
		}
		this.#use(kept);
		return kept.snapshot;
	}

	/** For a cursor that goes on reading one. @throws CommandError SnapshotTooOld where it is no longer kept. */
	keep(snapshot: Snapshot): void {
		const kept = this.#kept.get(snapshot.seq);
		if (kept?.snapshot !== snapshot) throw tooOld();
		this.#use(kept);
	}

	/** The one that was used last is the last to go. */
	#use(kept: Kept): void {
		kept.usedAt = Date.now();
		this.#kept.delete(kept.snapshot.seq);
		this.#kept.set(kept.snapshot.seq, kept);
	}

	sweep(): void {
		this.#drop((_, usedAt) => Date.now() - usedAt > SNAPSHOT_MS);
	}

	closeAll(): void {
		this.#drop(() => true);
	}

	#drop(goes: (count: number, usedAt: number) => boolean): void {
		for (const [seq, { snapshot, usedAt }] of this.#kept) {
			if (!goes(this.#kept.size, usedAt)) continue;
			this.#kept.delete(seq);
			snapshot.close();
		}
	}
}
