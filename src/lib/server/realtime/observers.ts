// Which queries are followed, and which of them a change concerns: found by its routing keys, never by asking each.
import type { Logger } from 'pino';
import type { Change, ChangeGroup, ChangeSource } from './change-hub.ts';
import { Observer } from './observer.ts';
import type { AnyPublication, PublishedQuery } from './publication.ts';
import type { ReadSnapshot } from './read.ts';
import { idOf, type ResultDelta } from './result-set.ts';

export type ObserversOptions = {
	hub: ChangeSource;
	read: ReadSnapshot;
	publications: Iterable<AnyPublication>;
	log: Logger;
	listPause?: number;
	countPause?: number;
	/** What each observer of one group tells; `null` as the delta: nothing new. */
	onGroup: (results: readonly ObserverResult[]) => void;
	onUnsettled: (observer: Observer) => void;
	onSettled: (result: ObserverResult) => void;
};

export type ObserverResult = { observer: Observer; delta: ResultDelta | null; whole: boolean };

type Followed = { observer: Observer; users: number; ready: Promise<void> };

/** Every observer of the process, shared by identical queries of a publication. */
export class Observers {
	readonly #options: ObserversOptions;
	readonly #byQuery = new Map<string, Followed>();
	readonly #byRoute = new Map<string, Set<Observer>>();
	readonly #keyFunctions = new Map<string, Set<AnyPublication['keys']>>();
	#channels = 0;

	constructor(options: ObserversOptions) {
		this.#options = options;
		for (const { collection, keys } of options.publications) {
			const functions = this.#keyFunctions.get(collection);
			if (functions === undefined) this.#keyFunctions.set(collection, new Set([keys]));
			else functions.add(keys);
		}
		options.hub.onGroup((group) => this.#follow(group));
		options.hub.onLost(() => {
			for (const { observer } of this.#byQuery.values()) observer.reload();
		});
	}

	get size(): number {
		return this.#byQuery.size;
	}

	/**
	 * Joins the observer of a query, which hears of changes from now on; `ready` is fulfilled when it holds the result
	 * and rejected where that could not be read. Each join is undone by {@link leave}.
	 */
	join(publication: AnyPublication, query: PublishedQuery): { observer: Observer; ready: Promise<void> } {
		const key = JSON.stringify([publication.name, query]);
		const followed = this.#byQuery.get(key);
		if (followed !== undefined) {
			followed.users++;
			return followed;
		}
		const { hub, read, log, listPause, countPause, onUnsettled, onSettled } = this.#options;
		const observer = new Observer({
			channel: (this.#channels++).toString(36),
			publication,
			query,
			read,
			position: () => hub.position,
			log,
			...(listPause !== undefined && { listPause }),
			...(countPause !== undefined && { countPause }),
			onUnsettled,
			onLoad: () => {
				for (const document of observer.documents) this.#addRoute(heldRoute(observer, idOf(document)), observer);
			},
			onResult: (_, delta, whole) => {
				if (delta !== null) this.#routeHeld(observer, delta);
				onSettled({ observer, delta, whole });
			}
		});
		// Routed before it reads: what happens in between waits in the observer.
		for (const route of query.keys) this.#addRoute(`${publication.collection}/${route}`, observer);
		const ready = observer.load();
		const entry = { observer, users: 1, ready };
		this.#byQuery.set(key, entry);
		ready.catch(() => {
			if (this.#byQuery.get(key) === entry) this.#drop(key, observer);
		});
		return entry;
	}

	/** Undoes one {@link join}; the last one ends the observer. */
	leave(observer: Observer): void {
		const key = JSON.stringify([observer.publication.name, observer.query]);
		const followed = this.#byQuery.get(key);
		if (followed?.observer !== observer || --followed.users > 0) return;
		this.#drop(key, observer);
	}

	close(): void {
		for (const [key, { observer }] of [...this.#byQuery]) this.#drop(key, observer);
	}

	#drop(key: string, observer: Observer): void {
		this.#byQuery.delete(key);
		observer.close();
		for (const route of observer.query.keys) this.#removeRoute(`${observer.publication.collection}/${route}`, observer);
		for (const document of observer.documents) this.#removeRoute(heldRoute(observer, idOf(document)), observer);
	}

	#follow(group: ChangeGroup): void {
		const concerned = new Map<Observer, Change[]>();
		for (const change of group.changes) {
			for (const observer of this.#concernedBy(change)) {
				const changes = concerned.get(observer);
				if (changes === undefined) concerned.set(observer, [change]);
				else changes.push(change);
			}
		}
		const results: ObserverResult[] = [];
		for (const [observer, changes] of concerned) {
			const delta = observer.apply(group, changes);
			if (delta === null) continue;
			this.#routeHeld(observer, delta);
			results.push({ observer, delta, whole: false });
		}
		if (results.length > 0) this.#options.onGroup(results);
	}

	/** By the keys of the document before and after, and by who holds it: a document that loses its key is not lost. */
	#concernedBy({ collection, id, before, after }: Change): Set<Observer> {
		const concerned = new Set<Observer>(this.#byRoute.get(`${collection}#${id}`));
		for (const keys of this.#keyFunctions.get(collection) ?? []) {
			for (const document of [before, after]) {
				if (document === null) continue;
				for (const key of keys(document))
					for (const observer of this.#byRoute.get(`${collection}/${key}`) ?? []) concerned.add(observer);
			}
		}
		return concerned;
	}

	#routeHeld(observer: Observer, delta: ResultDelta): void {
		for (const document of delta.set) this.#addRoute(heldRoute(observer, idOf(document)), observer);
		for (const id of delta.gone) this.#removeRoute(heldRoute(observer, id), observer);
	}

	#addRoute(route: string, observer: Observer): void {
		const observers = this.#byRoute.get(route);
		if (observers === undefined) this.#byRoute.set(route, new Set([observer]));
		else observers.add(observer);
	}

	#removeRoute(route: string, observer: Observer): void {
		const observers = this.#byRoute.get(route);
		if (observers?.delete(observer) && observers.size === 0) this.#byRoute.delete(route);
	}
}

function heldRoute(observer: Observer, id: string): string {
	return `${observer.publication.collection}#${id}`;
}
