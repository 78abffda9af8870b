import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileFilter } from './match.ts';
import { candidates, choosePlan, isSorted, matches, ordered, type Plan } from './planner.ts';
import { compileSort } from './sort.ts';
import { Storage, type Collection } from './storage.ts';
import { decodePlain, encode, toPlain, type Document } from './values.ts';

let folder: string;
let storage: Storage;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'holdfast-planner-'));
	storage = new Storage(join(folder, 'data.sqlite'));
});
afterEach(async () => {
	await storage.close();
	rmSync(folder, { recursive: true, force: true });
});

let collections = 0;

function fill(documents: Document[], indexes: Document[]): Collection {
	const collection = storage.createCollection('test', `c${collections++}`, {});
	for (const [at, key] of indexes.entries()) storage.createIndex(collection, { v: 2, name: `i${at}`, ...key });
	for (const [at, fields] of documents.entries()) {
		const document = { _id: at, ...fields };
		storage.insert(collection, collection.nextRid++, encode(document), document, storage.nextSeq());
	}
	return collection;
}

function idsBy(collection: Collection, plan: Plan, filter: Document): number[] {
	return [...matches(storage, collection, plan, compileFilter(filter))].map(({ document }) => document._id as number);
}

const small = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('a', 'ab', 'b', null, true));
const fieldValue = fc.oneof(
	small,
	fc.array(small, { maxLength: 3 }),
	fc.record({ x: small, y: small }, { requiredKeys: [] }),
	fc.array(fc.record({ x: small, y: small }, { requiredKeys: [] }), { maxLength: 2 })
);
const document = fc.record({ a: fieldValue, b: fieldValue, c: small }, { requiredKeys: [] });
const path = fc.constantFrom('a', 'b', 'c', 'a.x', 'a.y', 'b.x');
const condition = fc.oneof(
	small,
	fc
		.record(
			{ $gt: small, $gte: small, $lt: small, $lte: small, $ne: small, $exists: fc.boolean() },
			{ requiredKeys: [] }
		)
		.filter((each) => Object.keys(each).length > 0),
	fc.array(small, { minLength: 1, maxLength: 3 }).map(($in) => ({ $in })),
	fc.constantFrom({ $regex: '^a' }, { $regex: '^ab?' })
);
const conjunction = fc.dictionary(path, condition, { maxKeys: 3, noNullPrototype: true });
const filter = fc.oneof(
	conjunction,
	fc.array(conjunction, { minLength: 1, maxLength: 2 }).map(($or) => ({ $or })),
	fc.tuple(conjunction, conjunction).map(($and) => ({ $and }))
);
const direction = fc.constantFrom(1, -1);
const index = fc
	.uniqueArray(fc.tuple(path, direction), { minLength: 1, maxLength: 3, selector: ([field]) => field })
	.filter(
		(fields) =>
			new Set(fields.map(([field]) => field.split('.')[0])).size < 2 ||
			!fields.some(([field]) => field === 'b' || field === 'b.x')
	)
	.map((fields) => ({ key: Object.fromEntries(fields) }));

/** Indexes over two arrays refuse documents, which is another test's matter. */
function fits(documents: Document[], indexes: Document[]): boolean {
	try {
		fill(documents, indexes);
		return true;
	} catch {
		return false;
	}
}

describe('a plan', () => {
	test('finds through any index what a scan of the collection finds', () => {
		fc.assert(
			fc.property(
				fc.array(document, { maxLength: 12 }),
				fc.array(index, { minLength: 1, maxLength: 2 }),
				filter,
				(documents, indexes, wanted) => {
					fc.pre(fits(documents, indexes));
					const collection = fill(documents, indexes);
					const scan = idsBy(collection, { kind: 'collection', reverse: false, sorted: true }, wanted);
					for (const hint of [undefined, ...collection.indexes.map(({ name }) => name)]) {
						const found = idsBy(collection, choosePlan(collection, { filter: wanted, hint }), wanted);
						expect(
							found.sort((left, right) => left - right),
							JSON.stringify({ wanted, hint })
						).toEqual(scan);
					}
				}
			),
			{ numRuns: 400 }
		);
	}, 60_000);

	test('finds a string that is a descending range’s whole prefix', () => {
		const collection = fill([{ c: 'a' }, { c: 'ab' }, { c: 'b' }], [{ key: { c: -1 } }]);
		const wanted = { c: { $regex: '^a' } };
		expect(idsBy(collection, choosePlan(collection, { filter: wanted, hint: 'i0' }), wanted).sort()).toEqual([0, 1]);
	});

	test('that claims an order gives it', () => {
		const sorts = fc
			.uniqueArray(fc.tuple(path, direction), { minLength: 1, maxLength: 2, selector: ([field]) => field })
			.map((fields) => Object.fromEntries(fields) as Document);
		fc.assert(
			fc.property(
				fc.array(document, { maxLength: 12 }),
				fc.array(index, { minLength: 1, maxLength: 2 }),
				filter,
				sorts,
				(documents, indexes, wanted, sort) => {
					fc.pre(fits(documents, indexes));
					const collection = fill(documents, indexes);
					const compiled = compileSort(sort);
					const plan = choosePlan(collection, { filter: wanted, sort });
					const rows = [
						...ordered(matches(storage, collection, plan, compileFilter(wanted)), plan, {
							sort: compiled,
							skip: 0,
							limit: 0
						})
					];
					const keys = rows.map(({ bytes }) => compiled.key(decodePlain(bytes)));
					for (let at = 1; at < keys.length; at++)
						expect(compiled.compare(keys[at - 1]!, keys[at]!)).toBeLessThanOrEqual(0);
				}
			),
			{ numRuns: 400 }
		);
	}, 60_000);
});

describe('the planner', () => {
	const documents = Array.from({ length: 50 }, (_, at) => ({
		seller: `s${at % 5}`,
		price: at,
		tags: ['t', `t${at % 3}`],
		at: new Date(at),
		status: at % 2 ? 'open' : 'done'
	}));
	const indexes = [
		{ key: { seller: 1, price: -1 } },
		{ key: { tags: 1 } },
		{ key: { at: 1 }, partialFilterExpression: { status: 'open' } },
		{ key: { slug: 1 }, unique: true, sparse: true }
	];
	const used = (collection: Collection, wanted: Document, sort?: Document): string => {
		const plan = choosePlan(collection, { filter: wanted, sort });
		if (plan.kind !== 'index') return plan.kind;
		return plan.index === 'id' ? '_id_' : plan.index.name;
	};

	test('takes the index that narrows most', () => {
		const collection = fill(documents, indexes);
		expect(used(collection, { seller: 's1', price: { $gt: 3 } })).toBe('i0');
		expect(used(collection, { tags: 't1' })).toBe('i1');
		expect(used(collection, { price: 3 })).toBe('collection');
		expect(used(collection, { _id: 3 })).toBe('id');
		expect(used(collection, { _id: { $gt: 3 } })).toBe('_id_');
		expect(used(collection, { $or: [{ seller: 's1' }, { tags: 't2' }] })).toBe('or');
		expect(used(collection, { $or: [{ seller: 's1' }, { price: 2 }] })).toBe('collection');
	});

	test('uses a partial index only where the filter lies inside it, a sparse one only where the field is there', () => {
		const collection = fill(documents, indexes);
		expect(used(collection, { at: { $gt: new Date(3) } })).toBe('collection');
		expect(used(collection, { at: { $gt: new Date(3) }, status: 'open' })).toBe('i2');
		expect(used(collection, { slug: null })).toBe('collection');
		expect(used(collection, { slug: 'x' })).toBe('i3');
		expect(used(collection, {}, { slug: 1 })).toBe('collection');
	});

	test('reads an index in either direction where it gives the order', () => {
		const collection = fill(documents, indexes);
		for (const [sort, reverse] of [
			[{ price: -1 }, false],
			[{ price: 1 }, true]
		] as const) {
			const plan = choosePlan(collection, { filter: { seller: 's1' }, sort });
			expect(plan).toMatchObject({ kind: 'index', reverse, sorted: true });
			const prices = [...candidates(storage, collection, plan)].map(
				({ bytes }) => (toPlain(decodePlain(bytes)) as { price: number }).price
			);
			expect(prices).toEqual(prices.toSorted((left, right) => (left - right) * (reverse ? 1 : -1)));
		}
		expect(isSorted(choosePlan(collection, { filter: { seller: 's1' }, sort: { tags: 1 } }))).toBe(false);
	});

	test('refuses a hint that names no index', () => {
		const collection = fill(documents, indexes);
		expect(() => choosePlan(collection, { filter: {}, hint: 'nothing' })).toThrow(
			'hint provided does not correspond to an existing index'
		);
	});
});
