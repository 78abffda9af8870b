import fc from 'fast-check';
import type { Document } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { rowsOf, applyDelta, type LiveRow } from '#lib/client/live-state.ts';
import { pack } from '#lib/domain/live-wire.ts';
import type { Change } from './change-hub.ts';
import type { PublishedQuery } from './publication.ts';
import { ResultSet, type ResultDelta } from './result-set.ts';

const newest: PublishedQuery = { filter: { shown: true }, sort: { at: -1 }, limit: 3, keys: [] };

function doc(_id: string, at: number, shown = true): Document {
	return { _id, at, shown };
}

function write(after: Document): Change {
	return { collection: 'things', id: String(after._id), after, before: null };
}

function removal(id: string): Change {
	return { collection: 'things', id, after: null, before: null };
}

function ids(result: ResultSet): string[] {
	return result.documents.map(({ _id }) => String(_id));
}

describe('a result in memory', () => {
	it('puts a new document where the sort has it and lets the last one fall off a full list', () => {
		const result = new ResultSet(newest);
		result.replace([doc('d', 4), doc('c', 3), doc('a', 1)]);
		const { delta, edge } = result.apply([write(doc('e', 3.5))]);
		expect(ids(result)).toEqual(['d', 'e', 'c']);
		expect(delta).toEqual({ set: [doc('e', 3.5)], gone: ['a'], order: ['d', 'e', 'c'] });
		expect(edge).toBe(false);
	});

	it('ignores what sorts after a full list', () => {
		const result = new ResultSet(newest);
		result.replace([doc('d', 4), doc('c', 3), doc('b', 2)]);
		expect(result.apply([write(doc('a', 1))])).toEqual({ delta: null, edge: false });
	});

	it('asks for the database when a full list loses one, or one moves past its end', () => {
		const full = [doc('d', 4), doc('c', 3), doc('b', 2)];
		const leaving = new ResultSet(newest);
		leaving.replace(full);
		expect(leaving.apply([write(doc('c', 3, false))]).edge).toBe(true);
		const moving = new ResultSet(newest);
		moving.replace(full);
		expect(moving.apply([write(doc('c', 0))]).edge).toBe(true);
	});

	it('knows that a list which is not full is whole', () => {
		const result = new ResultSet(newest);
		result.replace([doc('d', 4), doc('c', 3)]);
		expect(result.apply([removal('d')])).toEqual({ delta: { set: [], gone: ['d'] }, edge: false });
		expect(result.apply([write(doc('a', -1))]).delta).toEqual({ set: [doc('a', -1)], gone: [] });
		expect(ids(result)).toEqual(['c', 'a']);
	});

	it('lets a document go that no longer matches', () => {
		const result = new ResultSet({ filter: { shown: true }, keys: [] });
		result.replace([doc('a', 1), doc('b', 2)]);
		expect(result.apply([write(doc('a', 1, false))]).delta).toEqual({ set: [], gone: ['a'] });
	});

	it('follows any changes to what the database would answer, or asks for it', () => {
		const change = fc.record({
			id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
			at: fc.integer({ min: 0, max: 4 }),
			kind: fc.constantFrom('write', 'hide', 'remove')
		});
		fc.assert(
			fc.property(
				fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 30 }),
				fc.option(fc.integer({ min: 1, max: 4 })),
				(moments, limit) => {
					const query = { filter: { shown: true }, sort: { at: -1 as const }, keys: [], ...(limit && { limit }) };
					const database = new Map<string, Document>();
					const answer = () =>
						[...database.values()]
							.filter(({ shown }) => shown)
							.toSorted((a, b) => b.at - a.at || (a._id < b._id ? -1 : 1))
							.slice(0, limit ?? Infinity);
					const result = new ResultSet(query);
					let watcher = rowsOf([]);
					for (const moment of moments) {
						const changes = moment.map(({ id, at, kind }) => {
							if (kind === 'remove') database.delete(id);
							else database.set(id, doc(id, at, kind === 'write'));
							return kind === 'remove' ? removal(id) : write(doc(id, at, kind === 'write'));
						});
						const before = result.documents;
						const applied = result.apply(changes);
						if (applied.edge) result.replace(answer());
						const delta = applied.edge ? result.since(before) : applied.delta;
						expect(result.documents).toEqual(answer());
						if (delta !== null) watcher = applyDelta(watcher, onWire(delta));
						expect([...watcher.values()]).toEqual(answer());
					}
				}
			)
		);
	});
});

function onWire({ set, ...delta }: ResultDelta) {
	return { channel: '0', set: set.map((document) => pack(document as unknown as LiveRow)), ...delta };
}
