import { Binary, BSONRegExp, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareValues, encodeCompound, encodeKey, indexKeys } from './keys.ts';

const order = (left: unknown, right: unknown) => Math.sign(Buffer.compare(encodeKey(left), encodeKey(right)));

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const decimal = fc
	.tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -400, max: 400 }))
	.map(([digits, exponent]) => ({ digits, exponent, value: Decimal128.fromString(`${digits}E${exponent}`) }));

/** A number's exact value as a fraction: what the key's order is judged by. */
function exact(value: unknown): { top: bigint; bottom: bigint } {
	if (typeof value === 'bigint') return { top: value, bottom: 1n };
	if (typeof value === 'number') {
		const bits = new DataView(new ArrayBuffer(8));
		bits.setFloat64(0, value);
		const raw = bits.getBigUint64(0);
		const biased = Number((raw >> 52n) & 0x7ffn);
		const mantissa = (raw & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
		const power = (biased === 0 ? 1 : biased) - 1075;
		const signed = value < 0 ? -mantissa : mantissa;
		return power >= 0 ? { top: signed << BigInt(power), bottom: 1n } : { top: signed, bottom: 1n << BigInt(-power) };
	}
	const { digits, exponent } = value as { digits: bigint; exponent: number };
	return exponent >= 0
		? { top: digits * 10n ** BigInt(exponent), bottom: 1n }
		: { top: digits, bottom: 10n ** BigInt(-exponent) };
}

function toBson(value: unknown): unknown {
	if (typeof value === 'bigint') return Long.fromBigInt(value);
	return typeof value === 'number' ? value : (value as { value: Decimal128 }).value;
}

const scalar = fc.oneof(
	fc.constant(null),
	fc.boolean(),
	fc.double({ noNaN: true }),
	fc.integer(),
	fc.string({ unit: 'binary' }),
	fc.date({ noInvalidDate: true }),
	fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
	fc.uint8Array({ maxLength: 6 }).map((bytes) => new Binary(bytes)),
	integer.map((value) => Long.fromBigInt(value)),
	decimal.map(({ value }) => value)
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
	any: fc.oneof(
		{ maxDepth: 2 },
		scalar,
		fc.array(tie('any'), { maxLength: 3 }),
		fc.dictionary(fc.string({ maxLength: 3 }), tie('any'), { maxKeys: 3, noNullPrototype: true })
	)
})).any;

describe('keys', () => {
	test('numbers of all four types sort by their exact value', () => {
		const number = fc.oneof(integer, fc.double({ noNaN: true, noDefaultInfinity: true }), decimal);
		fc.assert(
			fc.property(number, number, (left, right) => {
				const [a, b] = [exact(left), exact(right)];
				const difference = a.top * b.bottom - b.top * a.bottom;
				expect(order(toBson(left), toBson(right))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
			}),
			{ numRuns: 3000 }
		);
	});

	test('neighbours of the largest integers a double holds are told apart', () => {
		const big = 2n ** 53n;
		const values = [
			Long.fromBigInt(big - 1n),
			2 ** 53,
			Long.fromBigInt(big + 1n),
			Decimal128.fromString('9007199254740993.5'),
			2 ** 53 + 4
		];
		const keys = values.map((each) => encodeKey(each).toString('hex'));
		expect([...keys].sort()).toEqual(keys);
		expect(new Set(keys).size).toBe(keys.length);
	});

	test('the same number is the same key in every type', () => {
		const keys = [
			5,
			new Int32(5),
			new Double(5),
			Long.fromNumber(5),
			Decimal128.fromString('5'),
			Decimal128.fromString('5.00'),
			Decimal128.fromString('0.5E1')
		];
		for (const each of keys) expect(encodeKey(each)).toEqual(encodeKey(5));
		expect(encodeKey(-0)).toEqual(encodeKey(0));
	});

	test('types sort as MongoDB orders them', () => {
		const ascending = [
			new MinKey(),
			undefined,
			null,
			NaN,
			-Infinity,
			Decimal128.fromString('-1E6000'),
			-1,
			0,
			Decimal128.fromString('1E-6000'),
			Number.MIN_VALUE,
			1,
			Decimal128.fromString('1E6000'),
			Infinity,
			'',
			'a',
			'a\0',
			'a\0b',
			'a\u0001',
			'\ufffd',
			'\u{1f600}',
			{},
			{ a: 1 },
			{ a: 1, b: 1 },
			{ b: 1 },
			{ a: 'x' },
			[],
			[1],
			[1, 1],
			[2],
			new Binary(Buffer.from([1])),
			new Binary(Buffer.from([0, 0])),
			new ObjectId('000000000000000000000001'),
			false,
			true,
			new Date(-1),
			new Date(0),
			new Date(8.64e15),
			new Timestamp({ t: 1, i: 2 }),
			new Timestamp({ t: 4294967295, i: 0 }),
			new BSONRegExp('a', ''),
			new BSONRegExp('a', 'i'),
			new Code('x'),
			new Code('x', { y: 1 }),
			new MaxKey()
		];
		for (let at = 1; at < ascending.length; at++) {
			expect(order(ascending[at - 1], ascending[at]), `${at}`).toBe(-1);
			expect(compareValues(ascending[at - 1], ascending[at])).toBeLessThan(0);
		}
	});

	test('keys compare as values do', () => {
		fc.assert(
			fc.property(value, value, (left, right) => {
				expect(order(left, right)).toBe(Math.sign(compareValues(left, right)));
			}),
			{ numRuns: 3000 }
		);
	});

	test('a compound key sorts field by field, each in its direction', () => {
		const direction = fc.constantFrom(1, -1);
		fc.assert(
			fc.property(
				fc.tuple(value, value),
				fc.tuple(value, value),
				fc.tuple(direction, direction),
				(left, right, directions) => {
					const byFields =
						compareValues(left[0], right[0]) * directions[0] || compareValues(left[1], right[1]) * directions[1];
					const byBytes = Buffer.compare(encodeCompound(left, directions), encodeCompound(right, directions));
					expect(Math.sign(byBytes)).toBe(Math.sign(byFields) + 0);
				}
			),
			{ numRuns: 3000 }
		);
	});
});

describe('entries of an index', () => {
	const entries = (document: object, ...paths: string[]) =>
		indexKeys(document, { paths: paths.map((path) => path.split('.')), directions: paths.map(() => 1) });

	test('a missing field is indexed as null', () => {
		expect(entries({}, 'a.b').values).toEqual([[null]]);
		expect(entries({ a: 1 }, 'a.b').values).toEqual([[null]]);
	});

	test('an array has one entry an element, and equal ones share theirs', () => {
		const found = entries({ a: [1, 2, 2.0, [3]] }, 'a');
		expect(found.multikey).toBe(true);
		expect(found.keys).toEqual([1, 2, [3]].map(encodeKey));
	});

	test('an empty array is indexed as undefined', () => {
		expect(entries({ a: [] }, 'a').values).toEqual([[undefined]]);
		expect(entries({ a: [] }, 'a.b').values).toEqual([[null]]);
	});

	test('two fields of one array are taken from the same element', () => {
		expect(entries({ a: [{ b: 1, c: 2 }, { b: 3 }, 4] }, 'a.b', 'a.c').values).toEqual([
			[1, 2],
			[3, null],
			[null, null]
		]);
	});

	test('two arrays cannot be indexed together', () => {
		expect(() => entries({ a: [1], b: [2] }, 'a', 'b')).toThrow('cannot index parallel arrays');
	});

	test('a number in a path is a position', () => {
		expect(entries({ a: [{ b: 1 }, { b: 2 }] }, 'a.1.b').values).toEqual([[2]]);
	});
});
