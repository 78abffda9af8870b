import { bsonType, isPlainObject, numeric, type Document, type Numeric } from './values.ts';
import { CommandError } from './errors.ts';
import type { Binary, BSONRegExp, Code, Decimal128, ObjectId, Timestamp } from 'bson';

/**
 * BSON values as bytes that sort as MongoDB compares, so that SQLite's memcmp order of an index is MongoDB's order.
 * A value is its canonical type's byte and a prefix-free body; a descending field is the same with every bit turned.
 */
const TAG = {
	minKey: 0x02,
	undefined: 0x04,
	null: 0x05,
	number: 0x10,
	string: 0x15,
	object: 0x20,
	array: 0x25,
	binData: 0x30,
	objectId: 0x35,
	bool: 0x40,
	date: 0x45,
	timestamp: 0x47,
	regex: 0x50,
	dbRef: 0x55,
	code: 0x60,
	codeWithScope: 0x65,
	maxKey: 0x7f
} as const;

/** The byte of a value's canonical type: values of different types never compare equal, and sort by this. */
export function typeTag(value: unknown): number {
	switch (typeof value) {
		case 'string':
			return TAG.string;
		case 'number':
		case 'bigint':
			return TAG.number;
		case 'boolean':
			return TAG.bool;
		case 'undefined':
			return TAG.undefined;
	}
	if (value === null) return TAG.null;
	if (Array.isArray(value)) return TAG.array;
	if (value instanceof Date) return TAG.date;
	if (value instanceof RegExp) return TAG.regex;
	switch (bsonType(value)) {
		case undefined:
			return ArrayBuffer.isView(value) ? TAG.binData : TAG.object;
		case 'Int32':
		case 'Double':
		case 'Long':
		case 'Decimal128':
			return TAG.number;
		case 'ObjectId':
			return TAG.objectId;
		case 'Binary':
			return TAG.binData;
		case 'Timestamp':
			return TAG.timestamp;
		case 'BSONRegExp':
			return TAG.regex;
		case 'BSONSymbol':
			return TAG.string;
		case 'MinKey':
			return TAG.minKey;
		case 'MaxKey':
			return TAG.maxKey;
		case 'DBRef':
			return TAG.object;
		case 'Code':
			return (value as Code).scope ? TAG.codeWithScope : TAG.code;
	}
	return TAG.object;
}

/** A growing buffer; one is reused for every key, as keys are short and made one at a time. */
class Sink {
	bytes = Buffer.allocUnsafe(512);
	length = 0;

	room(count: number): void {
		if (this.length + count <= this.bytes.length) return;
		const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
		this.bytes.copy(larger, 0, 0, this.length);
		this.bytes = larger;
	}
	byte(value: number): void {
		this.room(1);
		this.bytes[this.length++] = value;
	}
	raw(value: Uint8Array): void {
		this.room(value.length);
		this.bytes.set(value, this.length);
		this.length += value.length;
	}
	/** A string or bytes of any content, so that no other such encoding is a prefix: 00 → 00 FF, end → 00 00. */
	escaped(value: string): void {
		this.room(value.length * 6 + 2);
		const start = this.length;
		const written = this.bytes.write(value, start, 'utf8');
		this.length += written;
		if (value.includes('\0')) {
			const content = Buffer.from(this.bytes.subarray(start, start + written));
			this.length = start;
			for (const byte of content) {
				this.bytes[this.length++] = byte;
				if (byte === 0) this.bytes[this.length++] = 0xff;
			}
		}
		this.bytes[this.length++] = 0;
		this.bytes[this.length++] = 0;
	}
	int64(high: number, low: number): void {
		this.room(8);
		this.bytes.writeInt32BE(high | 0, this.length);
		this.bytes.writeInt32BE(low | 0, this.length + 4);
		this.length += 8;
	}
}

const sink = new Sink();

function put(value: unknown): void {
	const tag = typeTag(value);
	sink.byte(tag);
	switch (tag) {
		case TAG.number:
			return putNumber(numeric(value)!);
		case TAG.string:
			return sink.escaped(typeof value === 'string' ? value : String(value));
		case TAG.object:
			for (const [key, inner] of Object.entries(value as Document)) {
				sink.byte(typeTag(inner));
				sink.escaped(key);
				put(inner);
			}
			return sink.byte(0);
		case TAG.array:
			for (const inner of value as unknown[]) put(inner);
			return sink.byte(0);
		case TAG.binData: {
			const binary = value as Binary | Uint8Array;
			const bytes = binary instanceof Uint8Array ? binary : binary.buffer.subarray(0, binary.position);
			sink.room(5);
			sink.length = sink.bytes.writeUInt32BE(bytes.length, sink.length);
			sink.byte(binary instanceof Uint8Array ? 0 : binary.sub_type);
			return sink.raw(bytes);
		}
		case TAG.objectId:
			return sink.raw((value as ObjectId).id);
		case TAG.bool:
			return sink.byte(value ? 1 : 0);
		case TAG.date: {
			const time = (value as Date).getTime();
			const high = Math.floor(time / 0x100000000);
			return sink.int64(high ^ 0x80000000, time - high * 0x100000000);
		}
		case TAG.timestamp:
			return sink.int64((value as Timestamp).high, (value as Timestamp).low);
		case TAG.regex: {
			const isJs = value instanceof RegExp;
			sink.escaped(isJs ? value.source : (value as BSONRegExp).pattern);
			return sink.escaped(isJs ? value.flags : (value as BSONRegExp).options);
		}
		case TAG.code:
			return sink.escaped(String((value as Code).code));
		case TAG.codeWithScope:
			sink.escaped(String((value as Code).code));
			return put((value as Code).scope);
	}
}

/**
 * A number of any of the four types: the greatest double that is not above it, then what is left. Doubles, and integers a
 * double holds, are exact and end with 0; anything between two doubles goes on with its decimal digits.
 */
function putNumber(value: Numeric): void {
	if (typeof value === 'number') {
		putDouble(value);
		return sink.byte(0);
	}
	const exact = typeof value === 'bigint' ? { digits: value, exponent: 0 } : parseDecimal(value);
	if (typeof exact === 'number') {
		putDouble(exact);
		return sink.byte(0);
	}
	const floor = floorDouble(exact);
	putDouble(floor);
	if (compareWithDouble(exact, floor) === 0) return sink.byte(0);
	sink.byte(1);
	putDigits(exact);
}

const float = new DataView(new ArrayBuffer(8));

function putDouble(value: number): void {
	// NaN is the smallest number; -0 and 0 are one.
	if (Number.isNaN(value)) return sink.int64(0, 0);
	float.setFloat64(0, value === 0 ? 0 : value);
	const high = float.getInt32(0);
	const low = float.getInt32(4);
	if (high < 0) sink.int64(~high, ~low);
	else sink.int64(high | 0x80000000, low);
}

interface Exact {
	digits: bigint;
	exponent: number;
}

/** A decimal as digits × 10^exponent, or the double it is where it is NaN or infinite. */
export function parseDecimal(value: Decimal128): Exact | number {
	const text = value.toString();
	if (text === 'NaN') return NaN;
	if (text.endsWith('Infinity')) return text.startsWith('-') ? -Infinity : Infinity;
	const [mantissa = '', power] = text.split(/e/i);
	const [whole = '', fraction = ''] = mantissa.split('.');
	return { digits: BigInt(whole + fraction), exponent: Number(power ?? 0) - fraction.length };
}

/** The sign of `exact - double`, without rounding. */
function compareWithDouble(exact: Exact, double: number): number {
	if (double === Infinity) return -1;
	if (double === -Infinity) return 1;
	// Both sides as integers: a double is mantissa × 2^power.
	float.setFloat64(0, double);
	const bits = float.getBigUint64(0);
	const biased = Number((bits >> 52n) & 0x7ffn);
	const fraction = bits & 0xfffffffffffffn;
	let left = exact.digits;
	let right = biased === 0 ? fraction : fraction | 0x10000000000000n;
	if (bits >> 63n) right = -right;
	const power = (biased === 0 ? 1 : biased) - 1075;
	if (power > 0) right <<= BigInt(power);
	else left <<= BigInt(-power);
	if (exact.exponent > 0) left *= 10n ** BigInt(exact.exponent);
	else right *= 10n ** BigInt(-exact.exponent);
	return left < right ? -1 : left > right ? 1 : 0;
}

function floorDouble(exact: Exact): number {
	const near = Number(`${exact.digits}e${exact.exponent}`);
	return compareWithDouble(exact, near) < 0 ? previousDouble(near) : near;
}

function previousDouble(value: number): number {
	if (value === Infinity) return Number.MAX_VALUE;
	if (value === 0) return -Number.MIN_VALUE;
	float.setFloat64(0, value);
	const bits = float.getBigInt64(0);
	float.setBigInt64(0, value > 0 ? bits - 1n : bits + 1n);
	return float.getFloat64(0);
}

/** Decimal digits that sort by value: exponent of the first digit, the digits, an end; turned over below zero. */
function putDigits({ digits, exponent }: Exact): void {
	const negative = digits < 0n;
	const text = String(negative ? -digits : digits).replace(/0+$/, '');
	const zeros = String(negative ? -digits : digits).length - text.length;
	const magnitude = exponent + zeros + text.length + 0x4000;
	const start = sink.length;
	sink.byte(magnitude >> 8);
	sink.byte(magnitude & 0xff);
	for (let at = 0; at < text.length; at++) sink.byte(text.charCodeAt(at) - 47);
	sink.byte(0);
	if (negative) turn(sink.bytes, start, sink.length);
}

function turn(bytes: Uint8Array, from: number, to: number): void {
	for (let at = from; at < to; at++) bytes[at] = ~bytes[at]! & 0xff;
}

/** One value's sortable bytes. */
export function encodeKey(value: unknown): Buffer {
	sink.length = 0;
	put(value);
	return Buffer.from(sink.bytes.subarray(0, sink.length));
}

/** Several values' sortable bytes, each in its direction (1 or -1). */
export function encodeCompound(values: readonly unknown[], directions: readonly number[]): Buffer {
	sink.length = 0;
	for (let field = 0; field < values.length; field++) {
		const start = sink.length;
		put(values[field]);
		if (directions[field]! < 0) turn(sink.bytes, start, sink.length);
	}
	return Buffer.from(sink.bytes.subarray(0, sink.length));
}

/** Compares two strings by their UTF-8 bytes, as MongoDB does without a collation. */
function compareStrings(left: string, right: string): number {
	const length = Math.min(left.length, right.length);
	for (let at = 0; at < length; at++) {
		let a = left.charCodeAt(at);
		let b = right.charCodeAt(at);
		if (a === b) continue;
		// UTF-16 sorts surrogates (above U+FFFF) below U+E000–U+FFFF; UTF-8 does not.
		if (a >= 0xd800 && b >= 0xd800) {
			a = a >= 0xe000 ? a - 0x800 : a + 0x2000;
			b = b >= 0xe000 ? b - 0x800 : b + 0x2000;
		}
		return a < b ? -1 : 1;
	}
	return left.length - right.length;
}

/** Compares strings under a collation; undefined is MongoDB's simple (binary) comparison. */
export type StringComparator = ((left: string, right: string) => number) | undefined;

/** MongoDB's order over all BSON values, negative, zero or positive. `undefined` stands for a missing field. */
export function compareValues(left: unknown, right: unknown, strings?: StringComparator): number {
	if (typeof left === 'number' && typeof right === 'number') {
		if (left < right) return -1;
		if (left > right) return 1;
		if (left === right) return 0;
	} else if (typeof left === 'string' && typeof right === 'string') {
		return left === right ? 0 : strings ? strings(left, right) : compareStrings(left, right);
	}
	const tag = typeTag(left);
	const other = typeTag(right);
	if (tag !== other) return tag - other;
	if (tag === TAG.array) return compareArrays(left as unknown[], right as unknown[], strings);
	if (tag === TAG.object) return compareObjects(left as Document, right as Document, strings);
	if (tag === TAG.date) return (left as Date).getTime() - (right as Date).getTime();
	if (tag === TAG.objectId) return Buffer.compare((left as ObjectId).id, (right as ObjectId).id);
	return Buffer.compare(encodeKey(left), encodeKey(right));
}

function compareArrays(left: unknown[], right: unknown[], strings: StringComparator): number {
	for (let at = 0; at < left.length && at < right.length; at++) {
		const order = compareValues(left[at], right[at], strings);
		if (order !== 0) return order;
	}
	return left.length - right.length;
}

function compareObjects(left: Document, right: Document, strings: StringComparator): number {
	const a = Object.entries(left);
	const b = Object.entries(right);
	for (let at = 0; at < a.length && at < b.length; at++) {
		const [leftKey, leftValue] = a[at]!;
		const [rightKey, rightValue] = b[at]!;
		const order =
			typeTag(leftValue) - typeTag(rightValue) ||
			compareStrings(leftKey, rightKey) ||
			compareValues(leftValue, rightValue, strings);
		if (order !== 0) return order;
	}
	return a.length - b.length;
}

/** An index's fields in order, split at the dots, and their directions. */
export interface KeyPattern {
	paths: string[][];
	directions: number[];
}

/**
 * The index entries of a document: one, or one an array element (a multikey index).
 * @throws CommandError CannotIndexParallelArrays where two fields hold arrays.
 */
export function indexKeys(
	document: Document,
	pattern: KeyPattern
): { keys: Buffer[]; values: unknown[][]; multikey: boolean } {
	const values: unknown[][] = [];
	let multikey = false;
	const expand = (fields: Pending[]): void => {
		const walked = fields.map(walkToArray);
		const arrays = walked.filter((field) => Array.isArray(field.at) && !field.whole);
		if (arrays.length === 0) {
			// A missing field is indexed as null.
			values.push(
				walked.map((field) =>
					field.rest.length > 0 || field.at === undefined ? (field.empty ? undefined : null) : field.at
				)
			);
			return;
		}
		multikey = true;
		const first = arrays[0]!;
		if (arrays.some((field) => field.at !== first.at)) {
			throw new CommandError('CannotIndexParallelArrays', 'cannot index parallel arrays');
		}
		const elements = first.at as unknown[];
		if (elements.length === 0) {
			// An empty array is indexed as undefined where the field ends, and as a missing field where it goes on.
			expand(
				walked.map((field) =>
					field.at === first.at ? { at: undefined, rest: [], empty: field.rest.length === 0 } : field
				)
			);
			return;
		}
		for (const element of elements) {
			expand(
				walked.map((field) => {
					if (field.at !== first.at) return field;
					if (field.rest.length === 0) return { at: element, rest: [], empty: false, whole: true };
					// Only documents have fields; an array inside an array is not entered by name.
					return isPlainObject(element)
						? { at: element, rest: field.rest, empty: false }
						: { at: undefined, rest: [], empty: false };
				})
			);
		}
	};
	expand(pattern.paths.map((rest) => ({ at: document, rest, empty: false })));

	const seen = new Set<string>();
	const keys: Buffer[] = [];
	for (const row of values) {
		const key = encodeCompound(row, pattern.directions);
		const name = multikey ? key.toString('latin1') : '';
		if (multikey && seen.has(name)) continue;
		seen.add(name);
		keys.push(key);
	}
	return { keys, values, multikey };
}

interface Pending {
	at: unknown;
	rest: string[];
	empty: boolean;
	/** An array element that is taken as it is, even if it is an array itself. */
	whole?: boolean;
}

function walkToArray(field: Pending): Pending {
	let { at, rest } = field;
	if (field.whole) return field;
	while (rest.length > 0) {
		if (Array.isArray(at)) {
			// A number names a position, unless the elements have a field of that name.
			const index = /^\d+$/.test(rest[0]!) ? Number(rest[0]) : -1;
			if (index < 0 || at.some((element) => isPlainObject(element) && Object.hasOwn(element, rest[0]!))) break;
			at = at[index];
		} else if (isPlainObject(at) && Object.hasOwn(at, rest[0]!)) at = at[rest[0]!];
		else return { at: undefined, rest: [], empty: field.empty };
		rest = rest.slice(1);
	}
	return { at, rest, empty: field.empty };
}
