import {
	Binary,
	Decimal128,
	deserialize,
	Double,
	Int32,
	Long,
	ObjectId,
	serialize,
	Timestamp,
	type Document
} from 'bson';

/**
 * Two views of a stored document. *Typed* keeps the four number types apart (`Int32`, `Double`, `Long`, `Decimal128`),
 * so that an update changes nothing it was not asked to; *plain* makes numbers of those a double holds exactly, which is
 * what filters, sorts and expressions work on. Both keep regular expressions as BSON ones.
 */
const TYPED = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const;
const PLAIN = { promoteValues: true, promoteLongs: true, promoteBuffers: false, bsonRegExp: true } as const;

export function decodeTyped(bytes: Uint8Array): Document {
	return deserialize(bytes, TYPED);
}

export function decodePlain(bytes: Uint8Array): Document {
	return deserialize(bytes, PLAIN);
}

/** A command, typed, whose arrays of whole documents are left as bytes: they are stored as they came. */
export function decodeCommand(bytes: Uint8Array): Document {
	return deserialize(bytes, { ...TYPED, fieldsAsRaw: { documents: true } });
}

export function encode(document: Document): Uint8Array {
	return serialize(document, { ignoreUndefined: true });
}

/** The largest document that may be stored, in bytes. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

export type Numeric = number | bigint | Decimal128;

/** The tag of a BSON value class, or undefined for JavaScript's own types. */
export function bsonType(value: unknown): string | undefined {
	return typeof value === 'object' && value !== null ? (value as { _bsontype?: string })._bsontype : undefined;
}

export function isPlainObject(value: unknown): value is Document {
	return (
		typeof value === 'object' &&
		value !== null &&
		!Array.isArray(value) &&
		!(value instanceof Date) &&
		!(value instanceof RegExp) &&
		!ArrayBuffer.isView(value) &&
		(value as { _bsontype?: string })._bsontype === undefined
	);
}

/** MongoDB's `$type` names. `missing` stands for a field that is not there. */
export type TypeName =
	| 'double'
	| 'string'
	| 'object'
	| 'array'
	| 'binData'
	| 'undefined'
	| 'objectId'
	| 'bool'
	| 'date'
	| 'null'
	| 'regex'
	| 'dbPointer'
	| 'javascript'
	| 'symbol'
	| 'javascriptWithScope'
	| 'int'
	| 'timestamp'
	| 'long'
	| 'decimal'
	| 'minKey'
	| 'maxKey';

export function typeName(value: unknown): TypeName {
	switch (typeof value) {
		case 'string':
			return 'string';
		case 'boolean':
			return 'bool';
		case 'number':
			return Number.isInteger(value) && value >= -0x80000000 && value <= 0x7fffffff ? 'int' : 'double';
		case 'bigint':
			return 'long';
		case 'undefined':
			return 'undefined';
	}
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	if (value instanceof Date) return 'date';
	if (value instanceof RegExp) return 'regex';
	switch (bsonType(value)) {
		case 'Double':
			return 'double';
		case 'Int32':
			return 'int';
		case 'Long':
			return 'long';
		case 'Decimal128':
			return 'decimal';
		case 'ObjectId':
			return 'objectId';
		case 'Binary':
			return 'binData';
		case 'Timestamp':
			return 'timestamp';
		case 'BSONRegExp':
			return 'regex';
		case 'MinKey':
			return 'minKey';
		case 'MaxKey':
			return 'maxKey';
		case 'DBRef':
			return 'object';
		case 'BSONSymbol':
			return 'symbol';
		case 'Code':
			return (value as { scope?: unknown }).scope ? 'javascriptWithScope' : 'javascript';
	}
	return ArrayBuffer.isView(value) ? 'binData' : 'object';
}

/** The number a numeric value stands for, exactly; undefined where the value is none. */
export function numeric(value: unknown): Numeric | undefined {
	if (typeof value === 'number' || typeof value === 'bigint') return value;
	switch (bsonType(value)) {
		case 'Int32':
		case 'Double':
			return (value as Int32 | Double).value;
		case 'Long': {
			const long = value as Long;
			return long.high >= -0x200000 && long.high < 0x200000 ? long.toNumber() : long.toBigInt();
		}
		case 'Decimal128':
			return value as Decimal128;
	}
	return undefined;
}

/** A numeric value as a JavaScript number, rounded where it must be; undefined where the value is no number. */
export function toNumber(value: unknown): number | undefined {
	const exact = numeric(value);
	if (exact === undefined) return undefined;
	return typeof exact === 'number' ? exact : Number(String(exact));
}

/** Whether a command's flag is set: MongoDB takes any number but zero for true. */
export function isTrue(value: unknown): boolean {
	return (
		value === true ||
		(typeof value === 'object' && value !== null && (toNumber(value) ?? 0) !== 0) ||
		(typeof value === 'number' && value !== 0)
	);
}

/** The plain view of a typed value (see {@link decodePlain}). */
export function toPlain(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof RegExp) return value;
	if (Array.isArray(value)) return value.map(toPlain);
	const type = bsonType(value);
	if (type === undefined) {
		if (ArrayBuffer.isView(value)) return value;
		const plain: Document = {};
		for (const [key, inner] of Object.entries(value)) setField(plain, key, toPlain(inner));
		return plain;
	}
	if (type === 'Int32' || type === 'Double') return (value as Int32 | Double).value;
	if (type === 'Long') {
		const exact = numeric(value) as number | bigint;
		return typeof exact === 'number' && Number.isSafeInteger(exact) ? exact : value;
	}
	return value;
}

/** Assigns an own field, `__proto__` too. */
export function setField(target: Document, key: string, value: unknown): void {
	if (key === '__proto__')
		Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
	else target[key] = value;
}

/** Reads an own field only: a document has no prototype's. */
export function getField(source: unknown, key: string): unknown {
	return Object.prototype.hasOwnProperty.call(source, key) ? (source as Document)[key] : undefined;
}

export function hasField(source: object, key: string): boolean {
	return Object.prototype.hasOwnProperty.call(source, key);
}

export function cloneValue<T>(value: T): T {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(cloneValue) as T;
	if (!isPlainObject(value)) return value;
	const copy: Document = {};
	for (const [key, inner] of Object.entries(value)) setField(copy, key, cloneValue(inner));
	return copy as T;
}

export { Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp };
export type { Document };
