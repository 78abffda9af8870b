import { Decimal128, Double, Int32, Long } from 'bson';
import { describe, expect, test } from 'vitest';
import { CommandError } from './errors.ts';
import { compileUpdate, upsertDocument, type UpdateOptions } from './update.ts';
import { decodeTyped, encode, toPlain, type Document } from './values.ts';

/** Applies an update as a command would: both come as typed documents. */
function apply(document: Document, update: unknown, options: UpdateOptions & { filter?: Document } = {}) {
	const typed = (value: unknown) => (decodeTyped(encode({ value })) as { value: unknown }).value;
	const compiled = compileUpdate(typed(update), {
		...options,
		arrayFilters: typed(options.arrayFilters ?? []) as Document[]
	});
	const result = compiled.apply(typed(document) as Document, { filter: (options.filter ?? {}) as Document });
	return {
		...result,
		document: toPlain(result.document) as Document,
		description: toPlain(result.description) as Document
	};
}

const cases: [
	name: string,
	before: Document,
	update: unknown,
	after: Document,
	options?: Parameters<typeof apply>[2]
][] = [
	['$set makes the documents on its way', { _id: 1 }, { $set: { 'a.b': 1 } }, { _id: 1, a: { b: 1 } }],
	['$set on an array position pads with null', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
	[
		'$unset removes a field, and leaves a gap in an array',
		{ a: 1, b: [1, 2] },
		{ $unset: { a: '', 'b.0': '' } },
		{ b: [null, 2] }
	],
	['$unset of what is not there does nothing', { a: 1 }, { $unset: { 'b.c': '' } }, { a: 1 }],
	['$inc and $mul of a missing field', { a: 1 }, { $inc: { b: 2 }, $mul: { c: 5 } }, { a: 1, b: 2, c: 0 }],
	[
		'$min and $max compare all types',
		{ a: 5, b: 'x', c: 1 },
		{ $min: { a: 3, b: 1 }, $max: { c: 'y' } },
		{ a: 3, b: 1, c: 'y' }
	],
	['$rename moves a field', { a: { b: 1 } }, { $rename: { 'a.b': 'c' } }, { a: {}, c: 1 }],
	['$bit', { a: 13 }, { $bit: { a: { and: new Int32(10), or: new Int32(1) } } }, { a: 9 }],
	[
		'$push with each, position, sort and slice',
		{ a: [3, 1] },
		{ $push: { a: { $each: [2, 4], $sort: -1, $slice: 3 } } },
		{ a: [4, 3, 2] }
	],
	[
		'$push at a position from the end',
		{ a: [1, 2, 3] },
		{ $push: { a: { $each: [9], $position: -1 } } },
		{ a: [1, 2, 9, 3] }
	],
	[
		'$addToSet by MongoDB equality',
		{ a: [1, { x: 1 }] },
		{ $addToSet: { a: { $each: [1.0, { x: 1 }, 2] } } },
		{ a: [1, { x: 1 }, 2] }
	],
	['$pop from either end', { a: [1, 2, 3], b: [1, 2] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2] }],
	['$pull by condition', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
	['$pull by fields of documents', { a: [{ x: 1, y: 1 }, { x: 2 }] }, { $pull: { a: { x: 1 } } }, { a: [{ x: 2 }] }],
	['$pullAll', { a: [1, 2, 1] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
	['all positions', { a: [{ x: 1 }, { x: 2 }] }, { $inc: { 'a.$[].x': 1 } }, { a: [{ x: 2 }, { x: 3 }] }],
	[
		'filtered positions',
		{ a: [1, 5, 9] },
		{ $set: { 'a.$[big]': 0 } },
		{ a: [1, 0, 0] },
		{ arrayFilters: [{ big: { $gte: 5 } }] }
	],
	[
		'filtered positions by a field',
		{ a: [{ x: 1 }, { x: 2 }] },
		{ $set: { 'a.$[e].y': 1 } },
		{ a: [{ x: 1 }, { x: 2, y: 1 }] },
		{ arrayFilters: [{ 'e.x': 2 }] }
	],
	[
		'the position the filter matched',
		{ a: [{ x: 1 }, { x: 2 }] },
		{ $set: { 'a.$.y': 1 } },
		{ a: [{ x: 1 }, { x: 2, y: 1 }] },
		{ filter: { 'a.x': 2 } }
	],
	[
		'the position $elemMatch matched',
		{
			a: [
				{ x: 1, z: 2 },
				{ x: 1, z: 1 }
			]
		},
		{ $set: { 'a.$.y': 1 } },
		{
			a: [
				{ x: 1, z: 2 },
				{ x: 1, z: 1, y: 1 }
			]
		},
		{ filter: { a: { $elemMatch: { x: 1, z: 1 } } } }
	],
	['a replacement keeps the _id', { _id: 1, a: 1 }, { b: 2 }, { _id: 1, b: 2 }],
	[
		'a pipeline',
		{ _id: 1, a: 1, b: 2 },
		[{ $set: { c: { $add: ['$a', '$b'] } } }, { $unset: 'a' }],
		{ _id: 1, b: 2, c: 3 }
	]
];

describe('an update', () => {
	test.each(cases)('%s', (_name, before, update, after, options) => {
		const { document } = apply(before, update, options);
		expect(document).toEqual(after);
		expect(Object.keys(document)).toEqual(Object.keys(after));
	});

	test.each([
		[{ a: 1 }, { $set: { a: 1 } }],
		[{ a: [1] }, { $addToSet: { a: 1 } }],
		[{ _id: 1, a: 1 }, { a: 1 }],
		[{ a: 1 }, { $max: { a: 0 } }]
	])('that changes nothing says so: %j %j', (before, update) => {
		expect(apply(before, update).changed).toBe(false);
	});

	test.each<[Document, unknown, number]>([
		[{ a: 1 }, { $noSuch: { a: 1 } }, 9],
		[{ a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
		[{ a: 1 }, { $set: { a: 1, 'a.b': 1 } }, 40],
		[{ a: 1 }, { $set: { 'a.b': 1 } }, 28],
		[{ _id: 1 }, { $set: { _id: 2 } }, 66],
		[{ _id: 1 }, { _id: 2 }, 66],
		[{ a: 'x' }, { $inc: { a: 1 } }, 14],
		[{ a: 1 }, { $inc: { a: 'x' } }, 14],
		[{ a: 1 }, { $push: { a: 1 } }, 2],
		[{ a: [1] }, { $set: { 'a.$[x]': 1 } }, 2],
		[{ a: [1] }, { $set: { 'a.$': 1 } }, 2],
		[{ a: 1 }, { $set: { '': 1 } }, 56],
		[{ a: 1 }, { $set: { 'a..b': 1 } }, 56],
		[{ a: 1 }, [{ $group: { _id: 1 } }], 72]
	])('that cannot be is refused: %j %j', (before, update, code) => {
		try {
			apply(before, update);
		} catch (error) {
			expect(error).toBeInstanceOf(CommandError);
			expect((error as CommandError).code).toBe(code);
			return;
		}
		expect.unreachable();
	});

	test('numbers keep or widen their type', () => {
		const inc = (value: unknown, by: unknown) =>
			compileUpdate({ $inc: { n: by } }).apply({ n: value }, { filter: {} }).document.n as unknown;
		expect(inc(new Int32(1), new Int32(1))).toEqual(new Int32(2));
		expect(inc(new Int32(2 ** 31 - 1), new Int32(1))).toEqual(Long.fromNumber(2 ** 31));
		expect(inc(Long.fromNumber(1), new Int32(1))).toEqual(Long.fromNumber(2));
		expect(inc(new Int32(1), new Double(1.5))).toEqual(new Double(2.5));
		expect(String(inc(Decimal128.fromString('0.1'), Decimal128.fromString('0.2')))).toBe('0.3');
		expect(() => inc(Long.MAX_VALUE, new Int32(1))).toThrow('Failed to apply $inc');
	});

	test('is described by what it changed', () => {
		expect(
			apply({ a: { b: 1 }, c: [1], d: 1 }, { $set: { 'a.b': 2 }, $push: { c: 5 }, $unset: { d: 1 } }).description
		).toEqual({
			updatedFields: { 'a.b': 2, 'c.1': 5 },
			removedFields: ['d'],
			truncatedArrays: []
		});
		expect(apply({ _id: 1, a: { b: 1, c: 2 }, l: [1, 2, 3] }, [{ $set: { 'a.b': 5, l: [1, 2] } }]).description).toEqual(
			{
				updatedFields: { 'a.b': 5 },
				removedFields: [],
				truncatedArrays: [{ field: 'l', newSize: 2 }]
			}
		);
	});

	test('an upsert begins with the equalities of its filter', () => {
		const upsert = (filter: Document, update: Document) => toPlain(upsertDocument(filter, compileUpdate(update)));
		expect(
			upsert({ _id: 1, 'a.b': 2, c: { $gt: 1 }, $and: [{ d: { $eq: 4 } }] }, { $set: { e: 5 }, $setOnInsert: { f: 6 } })
		).toEqual({ _id: 1, a: { b: 2 }, d: 4, e: 5, f: 6 });
		expect(upsert({ _id: 1, a: 2 }, { b: 3 })).toEqual({ _id: 1, b: 3 });
		expect(Object.keys(upsertDocument({ a: 1 }, compileUpdate({ $set: { b: 1 } })))[0]).toBe('_id');
	});
});
