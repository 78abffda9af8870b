import fc from 'fast-check';
import { Timestamp, type Document } from 'mongodb';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { applyDelta, rowsOf, type LiveRow, type LiveRows } from '#lib/client/live-state.ts';
import { pack } from '#lib/domain/live-wire.ts';
import type { Change, ChangeGroup, ChangeSource } from './change-hub.ts';
import { Observers, type ObserverResult } from './observers.ts';
import type { AnyPublication, PublishedQuery } from './publication.ts';
import type { Snapshot } from './read.ts';

/** A database as the observers see one: it has a history, answers of any moment, and tells changes when it likes. */
class Database implements ChangeSource {
	readonly #groups: ChangeGroup[] = [];
	readonly #states: ReadonlyMap<string, Document>[] = [new Map()];
	readonly #groupListeners: ((group: ChangeGroup) => void)[] = [];
	readonly #lostListeners: (() => void)[] = [];
	readonly #reads: { query: PublishedQuery; notBefore: number; answer: (snapshot: Snapshot) => void }[] = [];
	#told = 0;

	get position(): Timestamp {
		return moment(this.#told);
	}

	get toldThrough(): number {
		return this.#told;
	}

	get now(): number {
		return this.#groups.length;
	}

	get waitingReads(): number {
		return this.#reads.length;
	}

	onGroup(listener: (group: ChangeGroup) => void): void {
		this.#groupListeners.push(listener);
	}

	onLost(listener: () => void): void {
		this.#lostListeners.push(listener);
	}

	write(writes: readonly { id: string; group: string | null }[]): void {
		const state = new Map(this.#states.at(-1));
		const time = this.#groups.length + 1;
		const changes = writes.map(({ id, group }): Change => {
			const before = state.get(id) ?? null;
			const after = group === null ? null : { _id: id, group, version: time };
			if (after === null) state.delete(id);
			else state.set(id, after);
			return { collection: 'things', id, before, after };
		});
		this.#states.push(state);
		this.#groups.push({ time: moment(time), changes: changes.filter(({ before, after }) => before ?? after) });
	}

	tell(): void {
		const group = this.#groups[this.#told];
		if (group === undefined) return;
		this.#told++;
		if (group.changes.length > 0) for (const listener of this.#groupListeners) listener(group);
	}

	lose(): void {
		this.#told = this.#groups.length;
		for (const listener of this.#lostListeners) listener();
	}

	read(query: PublishedQuery, notBefore: Timestamp): Promise<Snapshot> {
		return new Promise((answer) => this.#reads.push({ query, notBefore: notBefore.getLowBits(), answer }));
	}

	/** @param lag how far behind the present the answer is, within what was asked for */
	answer(lag: number): void {
		const read = this.#reads.shift();
		if (read === undefined) return;
		const time = Math.max(read.notBefore, this.now - lag);
		read.answer({ documents: this.result(read.query, time), time: moment(time) });
	}

	result({ filter, limit }: PublishedQuery, time: number): Document[] {
		return [...(this.#states[time] as ReadonlyMap<string, Document>).values()]
			.filter(({ group }) => group === filter.group)
			.toSorted((a, b) => (a._id < b._id ? -1 : 1))
			.slice(0, limit);
	}
}

function moment(time: number): Timestamp {
	return new Timestamp({ t: 0, i: time });
}

const things: AnyPublication = {
	name: 'listings',
	collection: 'things',
	params: z.unknown(),
	authorise: () => true,
	find: () => queries[0] as PublishedQuery,
	keys: ({ group }) => [`group:${group}`],
	show: (document) => document as LiveRow
};

function inGroup(group: string, limit?: number): PublishedQuery {
	return { filter: { group }, sort: { _id: 1 }, keys: [`group:${group}`], ...(limit !== undefined && { limit }) };
}

const queries = [inGroup('red'), inGroup('blue'), inGroup('red', 2)];
const log = pino({ level: 'silent' });

type Watcher = { query: PublishedQuery; rows: LiveRows; versions: Map<string, number> };

/** Lets promises and timers that are due run. */
function settle(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 0));
}

const step = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			do: fc.constant('write' as const),
			writes: fc.array(
				fc.record({
					id: fc.constantFrom('a', 'b', 'c', 'd'),
					group: fc.constantFrom('red', 'red', 'blue', null)
				}),
				{ minLength: 1, maxLength: 3 }
			)
		})
	},
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('tell' as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), lag: fc.nat(3) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), query: fc.nat(queries.length - 1) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), query: fc.nat(queries.length - 1) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) }
);

describe('observers', () => {
	it('lead every watcher to the state of the database, whatever is written, told, asked and lost in between', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.tuple(step, fc.nat(8)), { maxLength: 40 }), async (steps) => {
				const database = new Database();
				const watchers = new Map<string, Watcher>();
				const hear = ({ observer, delta, whole }: ObserverResult) => {
					const watcher = watchers.get(observer.channel);
					if (watcher === undefined || (delta === null && !whole)) return;
					const rows = whole
						? rowsOf(observer.documents as LiveRow[])
						: applyDelta(watcher.rows, {
								channel: observer.channel,
								...delta,
								set: (delta?.set ?? []).map((document) => pack(document))
							});
					for (const [id, row] of rows) {
						const { version } = row as LiveRow & { version: number };
						expect(version).toBeGreaterThanOrEqual(watcher.versions.get(id) ?? 0);
						watcher.versions.set(id, version);
					}
					watcher.rows = rows;
				};
				const observers = new Observers({
					hub: database,
					read: (_, query, notBefore) => database.read(query, notBefore),
					publications: [things],
					log,
					listPause: 0,
					onGroup: (results) => results.forEach(hear),
					onUnsettled: () => undefined,
					onSettled: hear
				});
				const joined: ReturnType<Observers['join']>[] = [];
				for (const [each, turns] of steps) {
					if (each.do === 'write') database.write(each.writes);
					if (each.do === 'tell') database.tell();
					if (each.do === 'lose') database.lose();
					if (each.do === 'answer') database.answer(each.lag);
					if (each.do === 'leave') {
						const index = joined.findIndex(({ observer }) => observer.query === queries[each.query]);
						if (index !== -1) {
							const [left] = joined.splice(index, 1) as [(typeof joined)[number]];
							if (!joined.some(({ observer }) => observer === left.observer)) watchers.delete(left.observer.channel);
							observers.leave(left.observer);
						}
					}
					if (each.do === 'join') {
						const query = queries[each.query] as PublishedQuery;
						const follow = observers.join(things, query);
						joined.push(follow);
						void follow.ready.then(() => {
							if (watchers.has(follow.observer.channel)) return;
							if (!joined.includes(follow)) return;
							const rows = rowsOf(follow.observer.documents as LiveRow[]);
							watchers.set(follow.observer.channel, { query, rows, versions: new Map() });
						});
					}
					// Promises that follow one another settle a turn apart, and a change may come in between.
					for (let turn = 0; turn < turns; turn++) await Promise.resolve();
				}
				while (database.toldThrough < database.now || database.waitingReads > 0) {
					database.tell();
					database.answer(0);
					await settle();
				}
				for (let quiet = 0; quiet < 3; quiet++) {
					await settle();
					while (database.waitingReads > 0) {
						database.answer(0);
						await settle();
					}
				}
				for (const { rows, query } of watchers.values())
					expect([...rows.values()]).toEqual(database.result(query, database.now));
				expect(watchers.size).toBe(new Set(joined.map(({ observer }) => observer)).size);
				observers.close();
			}),
			{ numRuns: 500 }
		);
	}, 60_000);

	it('asks no observer that a change does not concern', async () => {
		const database = new Database();
		const told: ObserverResult[][] = [];
		const observers = new Observers({
			hub: database,
			read: (_, query, notBefore) => database.read(query, notBefore),
			publications: [things],
			log,
			onGroup: (results) => told.push([...results]),
			onUnsettled: () => undefined,
			onSettled: () => undefined
		});
		const red = observers.join(things, inGroup('red'));
		const blue = observers.join(things, inGroup('blue'));
		database.answer(0);
		database.answer(0);
		await Promise.all([red.ready, blue.ready]);
		database.write([{ id: 'a', group: 'red' }]);
		database.write([{ id: 'b', group: 'green' }]);
		database.write([
			{ id: 'a', group: 'blue' },
			{ id: 'c', group: 'red' }
		]);
		for (let index = 0; index < 3; index++) database.tell();
		expect(told.map((results) => results.map(({ observer, delta }) => [observer === red.observer, delta]))).toEqual([
			[[true, { set: [{ _id: 'a', group: 'red', version: 1 }], gone: [] }]],
			[
				[true, { set: [{ _id: 'c', group: 'red', version: 3 }], gone: ['a'] }],
				[false, { set: [{ _id: 'a', group: 'blue', version: 3 }], gone: [] }]
			]
		]);
		observers.close();
	});
});
