import type { Binary, BSONRegExp } from 'bson';
import { CommandError } from './errors.ts';
import { evaluate } from './expressions.ts';
import { compareValues, typeTag, type StringComparator } from './keys.ts';
import {
	bsonType,
	getField,
	hasField,
	isPlainObject,
	numeric,
	toNumber,
	toPlain,
	typeName,
	type Document,
	type TypeName
} from './values.ts';

/**
 * Filters compiled to functions over plain documents (see values.ts). They compare with the same order as the index keys,
 * so that an index scan and a scan of the collection find the same documents. `$expr` is evaluated by mingo.
 */
export interface Filter {
	/** Whether a document matches; where `$type` or `$expr` needs number types apart, give a typed document. */
	test(document: Document): boolean;
	/** The filter distinguishes number types, so it must be given typed documents. */
	readonly needsTypes: boolean;
	/** The filter is empty: every document matches. */
	readonly all: boolean;
}

export interface FilterOptions {
	strings?: StringComparator;
	/** `let` variables of the command, for `$expr`. */
	variables?: Document;
}

type Test = (value: unknown) => boolean;
type DocumentTest = (document: unknown) => boolean;

interface Compiler extends FilterOptions {
	needsTypes: boolean;
}

/** Compiles a filter document. @throws CommandError BadValue where an operator is unknown or its operand malformed. */
export function compileFilter(filter: Document, options: FilterOptions = {}): Filter {
	const compiler: Compiler = { ...options, needsTypes: false };
	const test = compileDocument(toPlain(filter) as Document, compiler);
	return { test, needsTypes: compiler.needsTypes, all: Object.keys(filter).length === 0 };
}

function bad(message: string): CommandError {
	return new CommandError('BadValue', message);
}

function compileDocument(filter: Document, compiler: Compiler): DocumentTest {
	const tests: DocumentTest[] = [];
	for (const [key, operand] of Object.entries(filter)) {
		if (!key.startsWith('$')) {
			tests.push(compileField(key, operand, compiler));
			continue;
		}
		switch (key) {
			case '$and':
			case '$or':
			case '$nor': {
				const clauses = clauseList(key, operand).map((clause) => compileDocument(clause, compiler));
				if (key === '$and') tests.push((document) => clauses.every((clause) => clause(document)));
				else if (key === '$or') tests.push((document) => clauses.some((clause) => clause(document)));
				else tests.push((document) => !clauses.some((clause) => clause(document)));
				break;
			}
			case '$expr':
				tests.push((document) => isTruthy(evaluate(operand, plainDocument(document), compiler.variables)));
				break;
			case '$comment':
				break;
			case '$alwaysTrue':
				break;
			case '$alwaysFalse':
				tests.push(() => false);
				break;
			case '$sampleRate':
				tests.push(() => Math.random() < (operand as number));
				break;
			case '$where':
			case '$text':
			case '$jsonSchema':
				throw new CommandError('CommandNotSupported', `the filter operator ${key} is not supported by this server`);
			default:
				throw bad(
					`unknown top level operator: ${key}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`
				);
		}
	}
	if (tests.length === 1) return tests[0]!;
	return (document) => {
		for (const test of tests) if (!test(document)) return false;
		return true;
	};
}

function plainDocument(document: unknown): Document {
	return toPlain(document) as Document;
}

/** MongoDB's truth: everything but false, null, missing and zero. */
function isTruthy(value: unknown): boolean {
	if (value === undefined || value === null || value === false) return false;
	const number = toNumber(value);
	return number === undefined || number !== 0;
}

function clauseList(operator: string, operand: unknown): Document[] {
	if (!Array.isArray(operand)) throw bad(`${operator} must be an array`);
	if (operand.length === 0) throw bad(`${operator} argument must be a non-empty array`);
	for (const clause of operand) if (!isPlainObject(clause)) throw bad(`${operator} argument's entries must be objects`);
	return operand as Document[];
}

/** Whether an operand is a document of operators rather than a value to be equal to. */
export function isOperatorDocument(operand: unknown): operand is Document {
	if (!isPlainObject(operand)) return false;
	const [first] = Object.keys(operand);
	return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}

function compileField(path: string, operand: unknown, compiler: Compiler): DocumentTest {
	const parts = path.split('.');
	if (!isOperatorDocument(operand)) {
		return isRegex(operand) ? anyAt(parts, regexTest(operand, undefined)) : anyAt(parts, equality(operand, compiler));
	}
	const tests: DocumentTest[] = [];
	for (const [operator, argument] of Object.entries(operand)) {
		const test = compileOperator(parts, operator, argument, operand, compiler);
		if (test) tests.push(test);
	}
	return tests.length === 1 ? tests[0]! : (document) => tests.every((test) => test(document));
}

function compileOperator(
	parts: string[],
	operator: string,
	argument: unknown,
	siblings: Document,
	compiler: Compiler
): DocumentTest | undefined {
	const value = valueTest(operator, argument, siblings, compiler);
	if (value) return anyAt(parts, value);
	switch (operator) {
		case '$ne': {
			if (isRegex(argument)) throw bad("Can't have regex as arg to $ne.");
			const test = anyAt(parts, equality(argument, compiler));
			return (document) => !test(document);
		}
		case '$nin': {
			const test = anyAt(parts, membership(operator, argument, compiler));
			return (document) => !test(document);
		}
		case '$not': {
			if (isRegex(argument)) {
				const test = anyAt(parts, regexTest(argument, undefined));
				return (document) => !test(document);
			}
			if (!isOperatorDocument(argument)) throw bad('$not needs a regex or a document');
			const test = compileField(parts.join('.'), argument, compiler);
			return (document) => !test(document);
		}
		case '$exists': {
			const wanted = isTruthy(argument);
			return (document) => existsAt(document, parts, 0) === wanted;
		}
		case '$size': {
			const size = toNumber(argument);
			if (size === undefined || !Number.isInteger(size) || size < 0) {
				throw bad(`Failed to parse $size. Expected a non-negative integer: ${String(argument)}`);
			}
			return arrayAt(parts, (array) => array.length === size);
		}
		case '$elemMatch': {
			if (!isPlainObject(argument)) throw bad('$elemMatch needs an Object');
			const test = elementTest(argument, compiler);
			return arrayAt(parts, (array) => array.some(test));
		}
		case '$all': {
			if (!Array.isArray(argument)) throw bad('$all needs an array');
			if (argument.length === 0) return () => false;
			const tests = argument.map((wanted): DocumentTest => {
				if (isPlainObject(wanted) && Object.keys(wanted)[0] === '$elemMatch') {
					return compileOperator(parts, '$elemMatch', wanted.$elemMatch, wanted, compiler)!;
				}
				return anyAt(parts, isRegex(wanted) ? regexTest(wanted, undefined) : equality(wanted, compiler));
			});
			return (document) => tests.every((test) => test(document));
		}
		case '$options':
			if (!('$regex' in siblings)) throw bad('$options needs a $regex');
			return undefined;
		case '$comment':
			return undefined;
		case '$near':
		case '$nearSphere':
		case '$geoWithin':
		case '$geoIntersects':
		case '$maxDistance':
		case '$minDistance':
			throw new CommandError('CommandNotSupported', `the filter operator ${operator} is not supported by this server`);
	}
	throw bad(`unknown operator: ${operator}`);
}

/** Operators that judge one value; undefined where the operator is none of these. */
function valueTest(operator: string, argument: unknown, siblings: Document, compiler: Compiler): Test | undefined {
	switch (operator) {
		case '$eq':
			return equality(argument, compiler);
		case '$in':
			return membership(operator, argument, compiler);
		case '$gt':
			return ordering(argument, (order) => order > 0, compiler);
		case '$gte':
			return ordering(argument, (order) => order >= 0, compiler);
		case '$lt':
			return ordering(argument, (order) => order < 0, compiler);
		case '$lte':
			return ordering(argument, (order) => order <= 0, compiler);
		case '$regex':
			return regexTest(argument, siblings.$options as string | undefined);
		case '$mod': {
			const [divisor, remainder] = Array.isArray(argument) ? argument.map(toNumber) : [];
			if (divisor === undefined) throw bad('malformed mod, needs to be an array of two numbers');
			if (Math.trunc(divisor) === 0) throw bad('divisor cannot be 0');
			return (value) => {
				const number = toNumber(value);
				return (
					number !== undefined &&
					Number.isFinite(number) &&
					Math.trunc(number) % Math.trunc(divisor) === Math.trunc(remainder ?? 0)
				);
			};
		}
		case '$type': {
			const wanted = (Array.isArray(argument) ? argument : [argument]).map(typeAlias);
			if (wanted.some((names) => names.some((name) => name === 'double' || name === 'int' || name === 'long'))) {
				if (!wanted.some((names) => names.includes('double') && names.includes('int'))) compiler.needsTypes = true;
			}
			return (value) => value !== undefined && wanted.some((names) => names.includes(typeName(value)));
		}
		case '$bitsAllSet':
		case '$bitsAllClear':
		case '$bitsAnySet':
		case '$bitsAnyClear':
			return bitTest(operator, argument);
	}
	return undefined;
}

function equality(wanted: unknown, { strings }: Compiler): Test {
	if (wanted === undefined || wanted === null) return (value) => value === null || value === undefined;
	if (typeof wanted === 'string' && !strings)
		return (value) => value === wanted || (bsonType(value) === 'BSONSymbol' && String(value) === wanted);
	return (value) => value !== undefined && compareValues(value, wanted, strings) === 0;
}

function ordering(bound: unknown, accepts: (order: number) => boolean, { strings }: Compiler): Test {
	if (isRegex(bound)) throw bad("Can't have RegEx as arg to predicate over field");
	const tag = typeTag(bound);
	if (bound === null || bound === undefined) {
		const withNull = accepts(0);
		return (value) => withNull && (value === null || value === undefined);
	}
	const type = bsonType(bound);
	const open = type === 'MinKey' || type === 'MaxKey';
	const isNaN = typeof bound === 'number' && Number.isNaN(bound);
	return (value) => {
		if (value === undefined && !open) return false;
		// A comparison stays inside the bound's type, except against the two ends of all types.
		if (!open && typeTag(value) !== tag) return false;
		if (isNaN || (typeof value === 'number' && Number.isNaN(value))) {
			return isNaN && typeof value === 'number' && Number.isNaN(value) && accepts(0);
		}
		return accepts(compareValues(value, bound, strings));
	};
}

function membership(operator: string, argument: unknown, compiler: Compiler): Test {
	if (!Array.isArray(argument)) throw bad(`${operator} needs an array`);
	const strings = new Set<string>();
	const tests: Test[] = [];
	for (const wanted of argument) {
		if (isOperatorDocument(wanted)) throw bad(`cannot nest $ under ${operator}`);
		if (typeof wanted === 'string' && !compiler.strings) strings.add(wanted);
		else tests.push(isRegex(wanted) ? regexTest(wanted, undefined) : equality(wanted, compiler));
	}
	return (value) => (typeof value === 'string' && strings.has(value)) || tests.some((test) => test(value));
}

function elementTest(argument: Document, compiler: Compiler): DocumentTest {
	const [first] = Object.keys(argument);
	const isValue = first !== undefined && first.startsWith('$') && !['$and', '$or', '$nor', '$expr'].includes(first);
	if (!isValue) {
		const test = compileDocument(argument, compiler);
		return (element) => (isPlainObject(element) || Array.isArray(element)) && test(element);
	}
	// Operators judge the element itself: it stands at a path of no steps.
	const tests: DocumentTest[] = [];
	for (const [operator, operand] of Object.entries(argument)) {
		const test = compileOperator([], operator, operand, argument, compiler);
		if (test) tests.push(test);
	}
	return (element) => tests.every((test) => test(element));
}

const REGEX_FLAGS = new Set(['i', 'm', 's', 'x', 'u', 'l']);

function isRegex(value: unknown): value is RegExp | BSONRegExp {
	return value instanceof RegExp || bsonType(value) === 'BSONRegExp';
}

/** A regular expression as JavaScript's. PCRE's inline flags and extended syntax are translated where they can be. */
function toRegExp(value: unknown, options: string | undefined): RegExp {
	let source: string;
	let flags = options ?? '';
	if (typeof value === 'string') source = value;
	else if (value instanceof RegExp) {
		source = value.source;
		flags = options ?? value.flags;
	} else if (bsonType(value) === 'BSONRegExp') {
		source = (value as BSONRegExp).pattern;
		flags = options ?? (value as BSONRegExp).options;
	} else throw bad('$regex has to be a string');
	const inline = /^\(\?([imsx]+)\)/.exec(source);
	if (inline) {
		source = source.slice(inline[0].length);
		flags += inline[1];
	}
	for (const flag of flags)
		if (!REGEX_FLAGS.has(flag)) throw new CommandError(51108, `invalid flag in regex options: ${flag}`);
	if (flags.includes('x'))
		source = source.replace(/\\[\s\S]|\s+|#[^\n]*/g, (part) => (part.startsWith('\\') ? part : ''));
	const wanted = new Set([...flags].filter((flag) => 'ims'.includes(flag)));
	try {
		return new RegExp(source, [...wanted].join('') + 'u');
	} catch {
		try {
			return new RegExp(source, [...wanted].join(''));
		} catch {
			throw new CommandError(51091, `Regular expression is invalid: ${source}`);
		}
	}
}

function regexTest(pattern: unknown, options: string | undefined): Test {
	const regex = toRegExp(pattern, options);
	return (value) => {
		if (typeof value === 'string') return regex.test(value);
		if (isRegex(value)) return compareValues(value, pattern) === 0;
		return bsonType(value) === 'BSONSymbol' && regex.test(String(value));
	};
}

const TYPE_NUMBERS: Record<number, TypeName> = {
	1: 'double',
	2: 'string',
	3: 'object',
	4: 'array',
	5: 'binData',
	6: 'undefined',
	7: 'objectId',
	8: 'bool',
	9: 'date',
	10: 'null',
	11: 'regex',
	12: 'dbPointer',
	13: 'javascript',
	14: 'symbol',
	15: 'javascriptWithScope',
	16: 'int',
	17: 'timestamp',
	18: 'long',
	19: 'decimal',
	[-1]: 'minKey',
	127: 'maxKey'
};

function typeAlias(value: unknown): TypeName[] {
	if (value === 'number') return ['int', 'long', 'double', 'decimal'];
	const name = typeof value === 'string' ? value : TYPE_NUMBERS[toNumber(value) ?? NaN];
	if (name === undefined || !Object.values(TYPE_NUMBERS).includes(name as TypeName)) {
		throw bad(`Unknown type name alias: ${String(value)}`);
	}
	return [name as TypeName];
}

function bitTest(operator: string, argument: unknown): Test {
	let mask = 0n;
	if (Array.isArray(argument)) for (const position of argument) mask |= 1n << BigInt(toNumber(position) ?? 0);
	else if (bsonType(argument) === 'Binary') mask = binaryBits(argument as Binary);
	else if (toNumber(argument) !== undefined) mask = BigInt(toNumber(argument)!);
	else throw bad(`${operator} takes an Array, a number, or a BinData but received: ${typeName(argument)}`);
	return (value) => {
		let bits: bigint;
		if (bsonType(value) === 'Binary') bits = binaryBits(value as Binary);
		else {
			const exact = numeric(value);
			if (exact === undefined || (typeof exact !== 'bigint' && !Number.isSafeInteger(toNumber(value)))) return false;
			bits = BigInt.asUintN(128, typeof exact === 'bigint' ? exact : BigInt(toNumber(value)!));
		}
		const set = bits & mask;
		switch (operator) {
			case '$bitsAllSet':
				return set === mask;
			case '$bitsAllClear':
				return set === 0n;
			case '$bitsAnySet':
				return set !== 0n;
			default:
				return set !== mask;
		}
	};
}

function binaryBits(binary: Binary): bigint {
	let bits = 0n;
	for (let at = binary.position - 1; at >= 0; at--) bits = (bits << 8n) | BigInt(binary.buffer[at]!);
	return bits;
}

/** Whether any value at a path passes: arrays on the way are entered, one at the end is tried by element and whole. */
function anyAt(parts: string[], test: Test): DocumentTest {
	if (parts.length === 1) {
		const name = parts[0]!;
		return (document) => {
			if (Array.isArray(document)) return visit(document, parts, 0, test);
			return leaf(getField(document, name), test);
		};
	}
	return (document) => visit(document, parts, 0, test);
}

function leaf(value: unknown, test: Test): boolean {
	if (Array.isArray(value)) {
		for (const element of value) if (test(element)) return true;
	}
	return test(value);
}

function visit(value: unknown, parts: string[], at: number, test: Test): boolean {
	if (at === parts.length) return leaf(value, test);
	const name = parts[at]!;
	if (Array.isArray(value)) {
		const index = /^\d+$/.test(name) ? Number(name) : -1;
		if (index >= 0 && index < value.length && visit(value[index], parts, at + 1, test)) return true;
		for (const element of value) if (isPlainObject(element) && visit(element, parts, at, test)) return true;
		return false;
	}
	if (!isPlainObject(value))
		return bsonType(value) === 'DBRef' ? visit(dbRefFields(value), parts, at, test) : test(undefined);
	return visit(getField(value, name), parts, at + 1, test);
}

function dbRefFields(value: unknown): Document {
	return (value as { toJSON(): Document }).toJSON();
}

function existsAt(value: unknown, parts: string[], at: number): boolean {
	if (at === parts.length) return value !== undefined;
	const name = parts[at]!;
	if (Array.isArray(value)) {
		const index = /^\d+$/.test(name) ? Number(name) : -1;
		if (index >= 0 && index < value.length && existsAt(value[index], parts, at + 1)) return true;
		return value.some((element) => isPlainObject(element) && existsAt(element, parts, at));
	}
	return isPlainObject(value) && hasField(value, name) && existsAt(value[name], parts, at + 1);
}

/** Whether an array at a path passes (`$size`, `$elemMatch`): only the field's own array, not its elements. */
function arrayAt(parts: string[], test: (array: unknown[]) => boolean): DocumentTest {
	const walk = (value: unknown, at: number): boolean => {
		if (at === parts.length) return Array.isArray(value) && test(value);
		const name = parts[at]!;
		if (Array.isArray(value)) {
			const index = /^\d+$/.test(name) ? Number(name) : -1;
			if (index >= 0 && index < value.length && walk(value[index], at + 1)) return true;
			return value.some((element) => isPlainObject(element) && walk(element, at));
		}
		return isPlainObject(value) && walk(getField(value, name), at + 1);
	};
	return (document) => walk(document, 0);
}
