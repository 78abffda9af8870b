import { EJSON } from 'bson';
import { Long, type ClientSession, type Document } from 'mongodb';

/** The unified format's comparison of an expected value with an actual one. */
export interface MatchContext {
	entity(name: string): unknown;
}

/** The actual value is not what was expected; `path` says where. */
export class Mismatch extends Error {
	constructor(path: string, expected: unknown, actual: unknown) {
		super(`at ${path || 'the top'}: expected ${show(expected)}, got ${show(actual)}`);
	}
}

function show(value: unknown): string {
	if (value === undefined) return 'nothing';
	try {
		return EJSON.stringify(value, { relaxed: true }).slice(0, 600);
	} catch {
		return String(value);
	}
}

/** @param root extra fields are allowed at the root of a document, and only there */
export function match(expected: unknown, actual: unknown, context: MatchContext, path = '', root = true): void {
	if (isDocument(expected)) {
		const [operator] = Object.keys(expected);
		if (operator?.startsWith('$$')) return matchSpecial(operator, expected[operator], actual, context, path, root);
		const document = normalise(actual);
		if (!isDocument(document)) throw new Mismatch(path, expected, actual);
		for (const [key, value] of Object.entries(expected)) {
			const inner = Object.hasOwn(document, key) ? (document[key] as unknown) : undefined;
			match(value, inner, context, path ? `${path}.${key}` : key, false);
		}
		if (!root) {
			for (const key of Object.keys(document)) {
				if (!Object.hasOwn(expected, key) && document[key] !== undefined)
					throw new Mismatch(`${path}.${key}`, undefined, document[key]);
			}
		}
		return;
	}
	if (Array.isArray(expected)) {
		if (!Array.isArray(actual) || actual.length !== expected.length) throw new Mismatch(path, expected, actual);
		expected.forEach((value, at) => match(value, actual[at], context, `${path}[${at}]`, root));
		return;
	}
	if (isNumber(expected)) {
		if (!isNumber(actual) || Number(expected) !== Number(actual)) throw new Mismatch(path, expected, actual);
		return;
	}
	if (expected === actual) return;
	if (expected === null || actual === null || actual === undefined) throw new Mismatch(path, expected, actual);
	if (EJSON.stringify({ v: expected }) !== EJSON.stringify({ v: actual })) throw new Mismatch(path, expected, actual);
}

function matchSpecial(
	operator: string,
	operand: unknown,
	actual: unknown,
	context: MatchContext,
	path: string,
	root: boolean
): void {
	switch (operator) {
		case '$$exists':
			if ((actual !== undefined) !== operand) throw new Mismatch(path, { $$exists: operand }, actual);
			return;
		case '$$type': {
			const names = [operand].flat() as string[];
			if (!names.some((name) => hasType(name, actual))) throw new Mismatch(path, { $$type: operand }, actual);
			return;
		}
		case '$$unsetOrMatches':
			if (actual !== undefined) match(operand, actual, context, path, root);
			return;
		case '$$matchesEntity':
			return match(context.entity(operand as string), actual, context, path, root);
		case '$$sessionLsid':
			return match(
				(context.entity(operand as string) as ClientSession).id as unknown as Document,
				actual,
				context,
				path,
				false
			);
		case '$$matchAsDocument':
			return match(operand, EJSON.parse(actual as string), context, path, false);
		case '$$matchAsRoot':
			return match(operand, actual, context, path, true);
		case '$$lte':
			if (!isNumber(actual) || Number(actual) > Number(operand)) throw new Mismatch(path, { $$lte: operand }, actual);
			return;
	}
	throw new Error(`the matcher does not know ${operator}`);
}

function isDocument(value: unknown): value is Document {
	return (
		typeof value === 'object' &&
		value !== null &&
		!Array.isArray(value) &&
		!(value instanceof Date) &&
		!('_bsontype' in value)
	);
}

function isNumber(value: unknown): boolean {
	return typeof value === 'number' || typeof value === 'bigint' || ['Int32', 'Long', 'Double'].includes(tag(value));
}

function tag(value: unknown): string {
	return typeof value === 'object' && value !== null ? ((value as { _bsontype?: string })._bsontype ?? '') : '';
}

/** Results that the driver gives as maps or class instances, as documents. */
function normalise(value: unknown): unknown {
	return value instanceof Map ? Object.fromEntries(value) : value;
}

function hasType(name: string, value: unknown): boolean {
	switch (name) {
		case 'string':
			return typeof value === 'string';
		case 'bool':
			return typeof value === 'boolean';
		case 'object':
			return isDocument(value);
		case 'array':
			return Array.isArray(value);
		case 'null':
			return value === null;
		case 'date':
			return value instanceof Date;
		case 'int':
			return (
				(typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) || tag(value) === 'Int32'
			);
		case 'long':
			return (
				(typeof value === 'number' && Number.isInteger(value)) || typeof value === 'bigint' || value instanceof Long
			);
		case 'double':
			return typeof value === 'number' || tag(value) === 'Double';
		case 'number':
			return isNumber(value);
		case 'objectId':
			return tag(value) === 'ObjectId';
		case 'binData':
			return tag(value) === 'Binary';
		case 'timestamp':
			return tag(value) === 'Timestamp';
		case 'decimal':
			return tag(value) === 'Decimal128';
	}
	throw new Error(`the matcher does not know the type ${name}`);
}
