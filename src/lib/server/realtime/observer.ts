// One query, followed once however many watch it.
import type { Document, Timestamp } from 'mongodb';
import type { Logger } from 'pino';
import type { Change, ChangeGroup } from './change-hub.ts';
import type { AnyPublication, PublishedQuery } from './publication.ts';
import type { ReadSnapshot, Snapshot } from './read.ts';
import { ResultSet, type ResultDelta } from './result-set.ts';

/** What an observer tells its owner. All are called in step with the hub. */
type ObserverEvents = {
	/** The result was read for the first time. */
	onLoad: (observer: Observer) => void;
	/** The result differs; `whole`: it was read anew after changes were lost. Null: it was read and is the same. */
	onResult: (observer: Observer, delta: ResultDelta | null, whole: boolean) => void;
	/** The result is being read again; until `onResult` nothing can be said about it. */
	onUnsettled: (observer: Observer) => void;
};

export type ObserverOptions = ObserverEvents & {
	channel: string;
	publication: AnyPublication;
	query: PublishedQuery;
	read: ReadSnapshot;
	/** The hub's position. */
	position: () => Timestamp;
	log: Logger;
	/** The shortest time between two reads of a list, and of a count; ms. */
	listPause?: number;
	countPause?: number;
};

/** Changes of one moment that concern an observer. */
type Concerning = { time: Timestamp; changes: readonly Change[] };

/**
 * Holds a query's result: read once, then changed by the changes that come, and read again where those do not say
 * enough (the edge of a limited list, a count, lost changes). However many changes ask for a read, one runs at a time.
 */
export class Observer {
	readonly channel: string;
	readonly publication: AnyPublication;
	readonly query: PublishedQuery;
	readonly #options: ObserverOptions;
	readonly #result: ResultSet;
	/** The moment of the latest read: changes up to it are in the result. */
	#readTime: Timestamp | null = null;
	/** What came since a read began; null while none runs. */
	#backlog: Concerning[] | null = null;
	#readAt = -Infinity;
	#reading = false;
	/** Another read is wanted after the one that runs. */
	#again = false;
	#whole = false;
	#timer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(options: ObserverOptions) {
		this.#options = options;
		this.channel = options.channel;
		this.publication = options.publication;
		this.query = options.query;
		this.#result = new ResultSet(options.query);
	}

	get documents(): readonly Document[] {
		return this.#result.documents;
	}

	has(id: string): boolean {
		return this.#result.has(id);
	}

	/**
	 * Reads the result for the first time.
	 * @throws where the database does not answer
	 */
	async load(): Promise<void> {
		this.#backlog = [];
		this.#take(await this.#ask());
		if (!this.#closed) this.#options.onLoad(this);
		this.#goOn();
	}

	/** Follows what happened at one moment. Null: nothing differs, or it is not known yet. */
	apply(group: ChangeGroup, changes: readonly Change[]): ResultDelta | null {
		const concerning = { time: group.time, changes };
		if (this.#backlog !== null) {
			this.#backlog.push(concerning);
			return null;
		}
		if (this.#isRead(concerning)) return null;
		if (this.query.count !== undefined) {
			this.#readSoon();
			return null;
		}
		const before = this.#result.documents;
		const { delta, edge } = this.#result.apply(changes);
		if (!edge) return delta;

		// Half of the step would show: the list without the document that follows. The read tells the difference at once.
		this.#unapply(before, concerning);
		this.#readSoon();
		return null;
	}

	/** Changes were lost: whatever is held is in doubt. */
	reload(): void {
		this.#whole = true;
		this.#readSoon();
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
	}

	#isRead({ time }: Concerning): boolean {
		return this.#readTime !== null && time.lessThanOrEqual(this.#readTime);
	}

	#unapply(before: readonly Document[], concerning: Concerning): void {
		this.#result.replace(before);
		this.#backlog = [concerning];
	}

	/** Reads as soon as the pause since the latest read is over; what comes until then waits with it. */
	#readSoon(): void {
		if (this.#closed || this.#timer !== undefined) return;
		if (this.#reading) {
			this.#again = true;
			return;
		}
		const isCount = this.query.count !== undefined;
		const pause = isCount ? (this.#options.countPause ?? 500) : (this.#options.listPause ?? 25);
		if (!isCount || this.#whole) {
			this.#backlog ??= [];
			this.#options.onUnsettled(this);
		}
		this.#timer = setTimeout(
			() => {
				this.#timer = undefined;
				void this.#readAgain();
			},
			Math.max(0, this.#readAt + pause - performance.now())
		);
	}

	async #readAgain(): Promise<void> {
		const before = this.#result.documents;
		this.#backlog ??= [];
		let snapshot;
		try {
			snapshot = await this.#ask();
		} catch (error) {
			if (this.#closed) return;
			this.#options.log.warn({ reason: String(error) }, 'a live query could not be read; again in a second');
			this.#reading = false;
			this.#timer = setTimeout(() => {
				this.#timer = undefined;
				void this.#readAgain();
			}, 1_000);
			return;
		}
		if (this.#closed) return;
		const whole = this.#whole;
		this.#whole = false;
		this.#take(snapshot);
		this.#options.onResult(this, this.#result.since(before), whole);
		this.#goOn();
	}

	#ask(): Promise<Snapshot> {
		const { publication, read, position } = this.#options;
		this.#readAt = performance.now();
		this.#reading = true;
		return read(publication.collection, this.query, position());
	}

	/** Takes an answer and what came since its moment. Nothing may be awaited from here to the telling of it. */
	#take({ documents, time }: Snapshot): void {
		this.#reading = false;
		this.#readTime = time;
		this.#result.replace(documents);
		const later = (this.#backlog ?? []).filter((concerning) => !this.#isRead(concerning));
		this.#backlog = null;
		if (this.query.count !== undefined) this.#again ||= later.length > 0;
		else for (const { changes } of later) this.#again = this.#result.apply(changes).edge || this.#again;
	}

	#goOn(): void {
		const again = this.#again;
		this.#again = false;
		if (again) this.#readSoon();
	}
}
