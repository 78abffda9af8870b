import { CommandError } from './errors.ts';
import { streamPipeline } from './expressions.ts';
import { compareValues, parseDecimal, type StringComparator } from './keys.ts';
import { compileFilter, isOperatorDocument, type Filter } from './match.ts';
import { compileSort } from './sort.ts';
import {
	bsonType,
	cloneValue,
	Decimal128,
	Double,
	getField,
	hasField,
	Int32,
	isPlainObject,
	Long,
	numeric,
	ObjectId,
	setField,
	Timestamp,
	toNumber,
	toPlain,
	typeName,
	type Document
} from './values.ts';

/** What a change stream tells of an update. */
export interface UpdateDescription {
	updatedFields: Document;
	removedFields: string[];
	truncatedArrays: { field: string; newSize: number }[];
}

/** A changed document. `description` is undefined where the document was replaced as a whole. */
interface Updated {
	document: Document;
	changed: boolean;
	description?: UpdateDescription;
}

export interface Update {
	/** Applies the update to a typed document, which is not modified. */
	apply(document: Document, context: UpdateContext): Updated;
	readonly kind: 'operators' | 'replacement' | 'pipeline';
}

interface UpdateContext {
	/** The filter that found the document: a positional `$` refers to the array element it matched. */
	filter: Document;
	/** The document is being inserted: `$setOnInsert` applies. */
	inserting?: boolean;
}

export interface UpdateOptions {
	arrayFilters?: Document[];
	strings?: StringComparator;
	variables?: Document;
}

function fail(code: ConstructorParameters<typeof CommandError>[0], message: string): CommandError {
	return new CommandError(code, message);
}

const OPERATORS = new Set([
	'$set',
	'$unset',
	'$setOnInsert',
	'$inc',
	'$mul',
	'$min',
	'$max',
	'$rename',
	'$currentDate',
	'$bit',
	'$push',
	'$pushAll',
	'$addToSet',
	'$pop',
	'$pull',
	'$pullAll'
]);

/** Compiles an update: operators, a replacement document, or a pipeline. @throws CommandError where it is malformed. */
export function compileUpdate(update: unknown, options: UpdateOptions = {}): Update {
	if (Array.isArray(update)) return compilePipeline(update as Document[], options);
	if (!isPlainObject(update)) throw fail('TypeMismatch', 'the update must be a document or an array of stages');
	const [first] = Object.keys(update);
	if (first === undefined || !first.startsWith('$')) return compileReplacement(update);
	return compileOperators(update, options);
}

function compileReplacement(replacement: Document): Update {
	for (const key of Object.keys(replacement)) {
		if (key.startsWith('$')) {
			throw fail(
				'DollarPrefixedFieldName',
				`The dollar ($) prefixed field '${key}' in '${key}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`
			);
		}
	}
	return {
		kind: 'replacement',
		apply(document) {
			const result: Document = {};
			const id = hasField(document, '_id') ? document._id : replacement._id;
			if (hasField(replacement, '_id') && hasField(document, '_id')) keepId(document._id, replacement._id);
			if (id !== undefined) result._id = id;
			for (const [key, value] of Object.entries(replacement)) {
				if (key !== '_id') setField(result, key, zeroTimestamp(value));
			}
			return { document: result, changed: !identical(document, result) };
		}
	};
}

/** An empty timestamp at the top of a document is filled in by the server. */
function zeroTimestamp(value: unknown): unknown {
	if (bsonType(value) !== 'Timestamp' || !(value as Timestamp).isZero()) return value;
	return new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 });
}

function keepId(before: unknown, after: unknown): void {
	if (after === undefined || compareValues(before, after) !== 0) {
		throw fail('ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");
	}
}

const UPDATE_STAGES = new Set(['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith']);

function compilePipeline(stages: Document[], { variables, strings }: UpdateOptions): Update {
	for (const stage of stages) {
		const [name] = Object.keys(stage);
		if (name === undefined || !UPDATE_STAGES.has(name)) {
			throw fail('InvalidOptions', `${name} is not allowed to be used within an update`);
		}
	}
	const plainStages = toPlain(stages) as Document[];
	return {
		kind: 'pipeline',
		apply(document) {
			const input = toPlain(cloneValue(document)) as Document;
			const [result = {}] = [...streamPipeline([input], plainStages, { strings, variables, find: () => [] })];
			if (hasField(document, '_id')) {
				if (!hasField(result, '_id')) setField(result, '_id', document._id);
				keepId(document._id, result._id);
			}
			const ordered: Document = hasField(document, '_id') ? { _id: document._id as unknown } : {};
			for (const [key, value] of Object.entries(result))
				if (key !== '_id' || !hasField(ordered, '_id')) setField(ordered, key, value);
			const typed = keepTypes(document, ordered) as Document;
			const description = difference(document, typed);
			return { document: typed, changed: !identical(document, typed), description };
		}
	};
}

/** Gives the numbers a pipeline left as they were the types that they had. */
function keepTypes(before: unknown, after: unknown): unknown {
	if (typeof after === 'number') {
		const same = bsonType(before) !== undefined && toNumber(before) === after && typeof numeric(before) === 'number';
		return same ? before : after;
	}
	if (Array.isArray(after))
		return after.map((value, at) => keepTypes(Array.isArray(before) ? before[at] : undefined, value));
	if (!isPlainObject(after)) return after;
	const result: Document = {};
	for (const [key, value] of Object.entries(after)) {
		if (value !== undefined)
			setField(result, key, keepTypes(isPlainObject(before) ? getField(before, key) : undefined, value));
	}
	return result;
}

/** The fields in which two documents differ, as a change stream describes them. */
function difference(before: Document, after: Document): UpdateDescription {
	const description: UpdateDescription = { updatedFields: {}, removedFields: [], truncatedArrays: [] };
	const walk = (left: Document, right: Document, prefix: string): void => {
		for (const key of Object.keys(left)) if (!hasField(right, key)) description.removedFields.push(prefix + key);
		for (const [key, value] of Object.entries(right)) {
			const path = prefix + key;
			const old = getField(left, key);
			if (hasField(left, key) && identical(old, value)) continue;
			if (isPlainObject(old) && isPlainObject(value)) walk(old, value, `${path}.`);
			else if (
				Array.isArray(old) &&
				Array.isArray(value) &&
				value.length < old.length &&
				value.every((item, at) => identical(item, old[at]))
			) {
				description.truncatedArrays.push({ field: path, newSize: value.length });
			} else if (Array.isArray(old) && Array.isArray(value) && value.length >= old.length && old.length > 0) {
				value.forEach((item, at) => {
					if (at >= old.length || !identical(item, old[at]))
						description.updatedFields[`${path}.${at}`] = item as unknown;
				});
			} else description.updatedFields[path] = value as unknown;
		}
	};
	walk(before, after, '');
	return description;
}

/** Whether two values are the same, field order and number types included. */
function identical(left: unknown, right: unknown): boolean {
	if (left === right) return true;
	if (typeName(left) !== typeName(right)) return false;
	if (Array.isArray(left))
		return (
			left.length === (right as unknown[]).length &&
			left.every((value, at) => identical(value, (right as unknown[])[at]))
		);
	if (isPlainObject(left)) {
		const a = Object.entries(left);
		const b = Object.entries(right as Document);
		return a.length === b.length && a.every(([key, value], at) => b[at]![0] === key && identical(value, b[at]![1]));
	}
	if (bsonType(left) === 'Decimal128') return String(left) === String(right);
	return compareValues(left, right) === 0;
}

// --- operators ----------------------------------------------------------------------------------------------------------

interface Step {
	operator: string;
	path: string;
	parts: string[];
	operand: unknown;
}

function compileOperators(update: Document, options: UpdateOptions): Update {
	const steps: Step[] = [];
	for (const [operator, fields] of Object.entries(update)) {
		if (!OPERATORS.has(operator)) {
			throw fail(
				'FailedToParse',
				`Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`
			);
		}
		if (!isPlainObject(fields)) {
			throw fail(
				'FailedToParse',
				`Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${String(fields)}}`
			);
		}
		for (const [path, operand] of Object.entries(fields)) {
			steps.push({ operator, path, parts: splitPath(path), operand });
			if (operator === '$rename') {
				if (typeof operand !== 'string')
					throw fail('BadValue', `The 'to' field for $rename must be a string: ${path}: ${String(operand)}`);
				if (operand === path)
					throw fail('BadValue', `The source and target field for $rename must differ: ${path}: "${operand}"`);
				steps.push({ operator: '$renamed', path: operand, parts: splitPath(operand), operand: undefined });
			}
		}
	}
	refuseConflicts(steps);
	const filters = compileArrayFilters(options.arrayFilters ?? [], steps, options.strings);
	const ordered = steps
		.filter(({ operator }) => operator !== '$renamed')
		.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
	return {
		kind: 'operators',
		apply(document, context) {
			const target = cloneValue(document);
			const description: UpdateDescription = { updatedFields: {}, removedFields: [], truncatedArrays: [] };
			const run = { target, description, context, filters, strings: options.strings };
			for (const step of ordered) {
				if (step.operator === '$setOnInsert' && !context.inserting) continue;
				applyStep(run, step);
			}
			if (hasField(document, '_id')) keepId(document._id, target._id);
			return { document: target, changed: !identical(document, target), description };
		}
	};
}

function splitPath(path: string): string[] {
	if (path === '') throw fail('EmptyFieldName', 'An empty update path is not valid.');
	const parts = path.split('.');
	if (parts.some((part) => part === '')) {
		throw fail('EmptyFieldName', `The update path '${path}' contains an empty field name, which is not allowed.`);
	}
	for (const part of parts) {
		if (part.startsWith('$') && part !== '$' && !part.startsWith('$[') && !['$id', '$ref', '$db'].includes(part)) {
			throw fail(
				'DollarPrefixedFieldName',
				`The dollar ($) prefixed field '${part}' in '${path}' is not allowed in the context of an update's modifiers.`
			);
		}
	}
	return parts;
}

function refuseConflicts(steps: Step[]): void {
	const taken = new Map<string, string>();
	for (const { path } of steps) {
		for (const [other] of taken) {
			if (other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`)) {
				throw fail(
					'ConflictingUpdateOperators',
					`Updating the path '${path}' would create a conflict at '${other.length < path.length ? other : path}'`
				);
			}
		}
		taken.set(path, path);
	}
}

type ArrayFilters = Map<string, Filter>;

function compileArrayFilters(filters: Document[], steps: Step[], strings: StringComparator): ArrayFilters {
	const compiled: ArrayFilters = new Map();
	for (const filter of filters) {
		const identifier = filterIdentifier(filter);
		if (identifier === undefined)
			throw fail('FailedToParse', 'Cannot use an expression without a top-level field name in arrayFilters');
		if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier))
			throw fail(
				'BadValue',
				`Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${identifier}'`
			);
		if (compiled.has(identifier))
			throw fail('FailedToParse', `Found multiple array filters with the same top-level field name ${identifier}`);
		compiled.set(identifier, compileFilter(filter, { strings }));
	}
	const used = new Set<string>();
	for (const { parts, path } of steps) {
		for (const part of parts) {
			if (!part.startsWith('$[') || part === '$[]') continue;
			const identifier = part.slice(2, -1);
			if (!compiled.has(identifier))
				throw fail('BadValue', `No array filter found for identifier '${identifier}' in path '${path}'`);
			used.add(identifier);
		}
	}
	for (const identifier of compiled.keys()) {
		if (!used.has(identifier))
			throw fail('FailedToParse', `The array filter for identifier '${identifier}' was not used in the update`);
	}
	return compiled;
}

function filterIdentifier(filter: Document): string | undefined {
	for (const [key, value] of Object.entries(filter)) {
		if (!key.startsWith('$')) return key.split('.')[0];
		if (Array.isArray(value)) for (const clause of value as Document[]) return filterIdentifier(clause);
	}
	return undefined;
}

interface Run {
	target: Document;
	description: UpdateDescription;
	context: UpdateContext;
	filters: ArrayFilters;
	strings: StringComparator;
}

/** A place in the document: what holds it, under which name, and its path from the top. */
interface Place {
	holder: Document | unknown[];
	name: string;
	path: string;
}

function applyStep(run: Run, step: Step): void {
	if (step.operator === '$rename') return rename(run, step);
	const creates = !['$unset', '$pop', '$pull', '$pullAll'].includes(step.operator);
	for (const place of places(run, step.parts, creates)) applyAt(run, step, place);
}

/** The places a path stands for: positional steps are resolved, and missing documents made where the operator creates. */
function places(run: Run, parts: string[], creates: boolean): Place[] {
	const found: Place[] = [];
	const walk = (holder: unknown, at: number, path: string, making: (() => Document) | undefined): void => {
		const part = parts[at]!;
		if (part.startsWith('$[') || part === '$') {
			if (!Array.isArray(holder)) {
				if (holder === undefined && !creates) return;
				throw fail(
					'BadValue',
					holder === undefined
						? `The path '${path.slice(0, -1)}' must exist in the document in order to apply array updates.`
						: `Cannot apply array updates to non-array element ${path.slice(0, -1).split('.').at(-1)}: ${String(toPlain(holder))}`
				);
			}
			for (const position of positions(run, part, holder, parts.slice(0, at))) {
				if (at === parts.length - 1) found.push({ holder, name: String(position), path: path + position });
				else walk(holder[position], at + 1, `${path}${position}.`, undefined);
			}
			return;
		}
		if (holder === undefined) {
			if (!making) return;
			holder = making();
		}
		if (Array.isArray(holder)) {
			if (!/^\d+$/.test(part)) {
				if (!creates) return;
				throw fail(
					'PathNotViable',
					`Cannot create field '${part}' in element {${path.slice(0, -1).split('.').at(-1)}: ${JSON.stringify(toPlain(holder))}}`
				);
			}
		} else if (!isPlainObject(holder)) {
			if (!creates) return;
			throw fail(
				'PathNotViable',
				`Cannot create field '${part}' in element {${path.slice(0, -1).split('.').at(-1)}: ${JSON.stringify(toPlain(holder))}}`
			);
		}
		const container = holder as Document | unknown[];
		if (at === parts.length - 1) {
			found.push({ holder: container, name: part, path: path + part });
			return;
		}
		const inner = read(container, part);
		// A path made for a missing field is described by its first new part.
		const make = creates
			? () => {
					const made: Document = {};
					write(container, part, made);
					return made;
				}
			: undefined;
		walk(inner, at + 1, `${path}${part}.`, make);
	};
	walk(run.target, 0, '', undefined);
	return found;
}

function positions(run: Run, part: string, array: unknown[], before: string[]): number[] {
	if (part === '$[]') return array.map((_, at) => at);
	if (part !== '$') {
		const identifier = part.slice(2, -1);
		const filter = run.filters.get(identifier)!;
		return array.flatMap((element, at) =>
			filter.test({ [identifier]: filter.needsTypes ? element : toPlain(element) }) ? [at] : []
		);
	}
	const position = matchedPosition(run, array, before.join('.'));
	if (position === undefined)
		throw fail('BadValue', 'The positional operator did not find the match needed from the query.');
	return [position];
}

/** Which element of an array the filter matched, for the positional `$`. */
function matchedPosition(run: Run, array: unknown[], path: string): number | undefined {
	const search = (filter: Document): number | undefined => {
		for (const [key, condition] of Object.entries(filter)) {
			if (key === '$and' || key === '$or') {
				for (const clause of condition as Document[]) {
					const found = search(clause);
					if (found !== undefined) return found;
				}
				continue;
			}
			if (key !== path && !key.startsWith(`${path}.`)) continue;
			const rest = key.slice(path.length + 1);
			const elemMatch = isOperatorDocument(condition) && hasField(condition, '$elemMatch');
			const test = compileFilter(
				elemMatch && rest === ''
					? { field: { $elemMatch: condition.$elemMatch as unknown } }
					: { [rest === '' ? 'field' : `field.${rest}`]: condition as unknown },
				{ strings: run.strings }
			);
			const direct = array.findIndex((element) => {
				const plain = test.needsTypes ? element : toPlain(element);
				return test.test({ field: elemMatch && rest === '' ? [plain] : plain });
			});
			if (direct >= 0) return direct;
		}
		return undefined;
	};
	return search(run.context.filter);
}

function read(holder: Document | unknown[], name: string): unknown {
	return Array.isArray(holder) ? holder[Number(name)] : getField(holder, name);
}

const MAX_PADDING = 1_500_000;

function write(holder: Document | unknown[], name: string, value: unknown): void {
	if (!Array.isArray(holder)) return setField(holder, name, value);
	const at = Number(name);
	if (at > holder.length + MAX_PADDING) throw fail('BadValue', `can't backfill more than ${MAX_PADDING} elements`);
	while (holder.length < at) holder.push(null);
	holder[at] = value;
}

function set(run: Run, place: Place, value: unknown): void {
	const before = read(place.holder, place.name);
	if (before !== undefined && identical(before, value)) return;
	write(place.holder, place.name, value);
	run.description.updatedFields[place.path] = value;
}

function unset(run: Run, place: Place): void {
	if (Array.isArray(place.holder)) {
		if (Number(place.name) >= place.holder.length) return;
		place.holder[Number(place.name)] = null;
		run.description.updatedFields[place.path] = null;
		return;
	}
	if (!hasField(place.holder, place.name)) return;
	delete place.holder[place.name];
	run.description.removedFields.push(place.path);
}

function applyAt(run: Run, { operator, operand, path }: Step, place: Place): void {
	const current = read(place.holder, place.name);
	switch (operator) {
		case '$set':
		case '$setOnInsert':
			return set(run, place, cloneValue(operand));
		case '$unset':
			return unset(run, place);
		case '$inc':
			return set(run, place, arithmetic(operator, current, operand, place));
		case '$mul':
			return set(run, place, arithmetic(operator, current, operand, place));
		case '$min':
			if (current === undefined || compareValues(operand, current, run.strings) < 0) set(run, place, operand);
			return;
		case '$max':
			if (current === undefined || compareValues(operand, current, run.strings) > 0) set(run, place, operand);
			return;
		case '$currentDate':
			return set(run, place, currentDate(operand));
		case '$bit':
			return set(run, place, bitwise(current, operand, path));
		case '$push':
			return push(run, place, current, operand);
		case '$pushAll':
			return push(run, place, current, { $each: operand });
		case '$addToSet':
			return addToSet(run, place, current, operand);
		case '$pop': {
			if (current === undefined) return;
			const end = toNumber(operand);
			if (end !== 1 && end !== -1) throw fail('FailedToParse', `$pop expects 1 or -1, found: ${String(operand)}`);
			const array = requireArray(current, path, '$pop');
			if (array.length > 0) set(run, place, end === 1 ? array.slice(0, -1) : array.slice(1));
			return;
		}
		case '$pull': {
			if (current === undefined) return;
			const drops = pullTest(operand, run.strings);
			return setFiltered(run, place, requireArray(current, path, '$pull'), drops);
		}
		case '$pullAll': {
			if (!Array.isArray(operand))
				throw fail('BadValue', '$pullAll requires an array argument but was given a ' + typeName(operand));
			if (current === undefined) return;
			return setFiltered(run, place, requireArray(current, path, '$pullAll'), (element) =>
				operand.some((value) => compareValues(value, element, run.strings) === 0)
			);
		}
	}
}

function setFiltered(run: Run, place: Place, array: unknown[], drops: (element: unknown) => boolean): void {
	const kept = array.filter((element) => !drops(element));
	if (kept.length < array.length) set(run, place, kept);
}

function requireArray(value: unknown, path: string, operator: string): unknown[] {
	if (Array.isArray(value)) return value;
	if (operator === '$pop')
		throw fail('TypeMismatch', `Path '${path}' contains an element of non-array type '${typeName(value)}'`);
	throw fail(
		'BadValue',
		operator === '$push'
			? `The field '${path}' must be an array but is of type ${typeName(value)} in document`
			: `Cannot apply ${operator} to a non-array value`
	);
}

function pullTest(operand: unknown, strings: StringComparator): (element: unknown) => boolean {
	if (isOperatorDocument(operand) || bsonType(operand) === 'BSONRegExp') {
		const test = compileFilter({ field: operand }, { strings });
		// The condition is on the element itself: an array inside the array is one value.
		return (element) => test.test({ field: test.needsTypes ? element : toPlain(element) });
	}
	if (isPlainObject(operand)) {
		const test = compileFilter(operand, { strings });
		return (element) => isPlainObject(element) && test.test(test.needsTypes ? element : (toPlain(element) as Document));
	}
	return (element) => compareValues(element, operand, strings) === 0;
}

function rename(run: Run, { parts, operand }: Step): void {
	if (parts.some((part) => part.startsWith('$')))
		throw fail('BadValue', 'The source field for $rename may not be dynamic');
	const source = places(run, parts, false)[0];
	if (!source) return;
	if (Array.isArray(source.holder)) throw fail('BadValue', 'The source field cannot be an array element');
	const value = read(source.holder, source.name);
	if (value === undefined) return;
	unset(run, source);
	const [target] = places(run, splitPath(operand as string), true);
	if (Array.isArray(target!.holder)) throw fail('BadValue', 'The destination field cannot be an array element');
	set(run, target!, value);
}

function push(run: Run, place: Place, current: unknown, operand: unknown): void {
	const modifiers = isOperatorDocument(operand) && hasField(operand, '$each') ? operand : undefined;
	const added = modifiers ? modifiers.$each : [operand];
	if (!Array.isArray(added))
		throw fail('BadValue', `The argument to $each in $push must be an array but it was of type: ${typeName(added)}`);
	for (const name of Object.keys(modifiers ?? {})) {
		if (!['$each', '$position', '$slice', '$sort'].includes(name))
			throw fail('BadValue', `Unrecognized clause in $push: ${name}`);
	}
	const array = current === undefined ? [] : requireArray(current, place.path, '$push');
	const position = modifiers && hasField(modifiers, '$position') ? toNumber(modifiers.$position)! : array.length;
	let result = [...array];
	result.splice(position < 0 ? Math.max(0, array.length + position) : position, 0, ...added.map(cloneValue));
	if (modifiers && hasField(modifiers, '$sort')) result = sortElements(result, modifiers.$sort, run.strings);
	if (modifiers && hasField(modifiers, '$slice')) {
		const limit = toNumber(modifiers.$slice);
		if (limit === undefined)
			throw fail(
				'BadValue',
				`The value for $slice must be an integer value but was given type: ${typeName(modifiers.$slice)}`
			);
		result = limit < 0 ? result.slice(limit) : result.slice(0, limit);
	}
	appendOrSet(run, place, current, array, result);
}

function sortElements(array: unknown[], spec: unknown, strings: StringComparator): unknown[] {
	const direction = toNumber(spec);
	if (direction !== undefined) {
		if (direction !== 1 && direction !== -1) throw fail('BadValue', 'The $sort element value must be either 1 or -1');
		return [...array].sort((left, right) => compareValues(left, right, strings) * direction);
	}
	const sort = compileSort(spec as Document, strings);
	return array
		.map((element) => ({ element, by: sort.key(isPlainObject(element) ? element : {}) }))
		.sort((left, right) => sort.compare(left.by, right.by))
		.map(({ element }) => element);
}

/** Elements added at an array's end are described one by one; any other change, as the whole array. */
function appendOrSet(run: Run, place: Place, current: unknown, before: unknown[], after: unknown[]): void {
	const appended =
		current !== undefined &&
		after.length > before.length &&
		before.every((element, at) => identical(element, after[at]));
	if (!appended) return set(run, place, after);
	write(place.holder, place.name, after);
	for (let at = before.length; at < after.length; at++)
		run.description.updatedFields[`${place.path}.${at}`] = after[at];
}

function addToSet(run: Run, place: Place, current: unknown, operand: unknown): void {
	const each = isOperatorDocument(operand) && hasField(operand, '$each') ? operand.$each : [operand];
	if (!Array.isArray(each))
		throw fail(
			'TypeMismatch',
			`The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`
		);
	if (current !== undefined && !Array.isArray(current)) {
		throw fail(
			'BadValue',
			`Cannot apply $addToSet to non-array field. Field named '${place.name}' has non-array type ${typeName(current)}`
		);
	}
	const before = (current ?? []) as unknown[];
	const result = [...before];
	for (const value of each) {
		if (!result.some((element) => compareValues(element, value, run.strings) === 0)) result.push(cloneValue(value));
	}
	if (current === undefined || result.length > before.length) appendOrSet(run, place, current, before, result);
}

function currentDate(operand: unknown): unknown {
	const type = isPlainObject(operand) ? operand.$type : undefined;
	if (type === 'timestamp') return new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 });
	if (operand === true || operand === false || type === 'date') return new Date();
	throw fail('BadValue', "The '$type' string field is required to be 'date' or 'timestamp'");
}

const RANKS = { int: 0, long: 1, double: 2, decimal: 3 } as const;

/** `$inc` and `$mul`: the result has the wider of the two types; an int that overflows becomes a long, a long fails. */
function arithmetic(operator: '$inc' | '$mul', current: unknown, operand: unknown, place: Place): unknown {
	const by = numericType(operand);
	if (by === undefined) {
		throw fail(
			'TypeMismatch',
			`Cannot ${operator === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${place.path}: ${JSON.stringify(toPlain(operand))}}`
		);
	}
	if (current === undefined) return operator === '$inc' ? operand : zeroOf(by);
	const from = numericType(current);
	if (from === undefined) {
		throw fail(
			'TypeMismatch',
			`Cannot apply ${operator} to a value of non-numeric type. {_id: ...} has the field '${place.name}' of non-numeric type ${typeName(current)}`
		);
	}
	const wider = RANKS[from] > RANKS[by] ? from : by;
	switch (wider) {
		case 'decimal':
			return decimalArithmetic(operator, current, operand);
		case 'double': {
			const [left, right] = [toNumber(current)!, toNumber(operand)!];
			return new Double(operator === '$inc' ? left + right : left * right);
		}
		default: {
			const [left, right] = [toBigInt(current), toBigInt(operand)];
			const result = operator === '$inc' ? left + right : left * right;
			if (wider === 'int' && BigInt.asIntN(32, result) === result) return new Int32(Number(result));
			if (BigInt.asIntN(64, result) !== result)
				throw fail('BadValue', `Failed to apply ${operator} operations to current value (${left}) for document`);
			return Long.fromBigInt(result);
		}
	}
}

function numericType(value: unknown): keyof typeof RANKS | undefined {
	const type = typeName(value);
	return type in RANKS ? (type as keyof typeof RANKS) : undefined;
}

function zeroOf(type: keyof typeof RANKS): unknown {
	switch (type) {
		case 'int':
			return new Int32(0);
		case 'long':
			return Long.ZERO;
		case 'double':
			return new Double(0);
		case 'decimal':
			return Decimal128.fromString('0');
	}
}

function toBigInt(value: unknown): bigint {
	return bsonType(value) === 'Long' ? (value as Long).toBigInt() : BigInt(toNumber(value)!);
}

function decimalArithmetic(operator: '$inc' | '$mul', left: unknown, right: unknown): unknown {
	const [a, b] = [left, right].map((value) =>
		parseDecimal(
			bsonType(value) === 'Decimal128' ? (value as Decimal128) : Decimal128.fromString(String(toPlain(value)))
		)
	);
	if (typeof a === 'number' || typeof b === 'number') {
		const [x, y] = [toNumber(left)!, toNumber(right)!];
		return Decimal128.fromString(String(operator === '$inc' ? x + y : x * y));
	}
	if (operator === '$mul')
		return Decimal128.fromStringWithRounding(`${a!.digits * b!.digits}E${a!.exponent + b!.exponent}`);
	const exponent = Math.min(a!.exponent, b!.exponent);
	const total = a!.digits * 10n ** BigInt(a!.exponent - exponent) + b!.digits * 10n ** BigInt(b!.exponent - exponent);
	return Decimal128.fromStringWithRounding(`${total}E${exponent}`);
}

function bitwise(current: unknown, operand: unknown, path: string): unknown {
	if (!isPlainObject(operand) || Object.keys(operand).length === 0) {
		throw fail(
			'BadValue',
			`The $bit modifier is not compatible with a ${typeName(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`
		);
	}
	let value = current ?? new Int32(0);
	for (const [name, argument] of Object.entries(operand)) {
		if (!['and', 'or', 'xor'].includes(name))
			throw fail('BadValue', `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
		for (const side of [value, argument]) {
			if (!['int', 'long'].includes(typeName(side)))
				throw fail(
					'BadValue',
					`Cannot apply $bit to a value of non-integral type. The field '${path}' is of type ${typeName(side)}`
				);
		}
		const [a, b] = [toBigInt(value), toBigInt(argument)];
		const result = name === 'and' ? a & b : name === 'or' ? a | b : a ^ b;
		value =
			typeName(value) === 'int' && typeName(argument) === 'int' ? new Int32(Number(result)) : Long.fromBigInt(result);
	}
	return value;
}

// --- upsert -------------------------------------------------------------------------------------------------------------

/**
 * The document an upsert inserts: the filter's equalities, then the update. It gets an `_id` where neither names one.
 */
export function upsertDocument(filter: Document, update: Update): Document {
	const seed: Document = {};
	if (update.kind !== 'replacement') seedFromFilter(filter, seed);
	else {
		const id = equalityIn(filter, '_id');
		if (id !== undefined) seed._id = id;
	}
	const { document } = update.apply(seed, { filter, inserting: true });
	const result: Document = { _id: hasField(document, '_id') ? (document._id as unknown) : new ObjectId() };
	for (const [key, value] of Object.entries(document)) if (key !== '_id') setField(result, key, value);
	return result;
}

function equalityIn(filter: Document, path: string): unknown {
	const condition = getField(filter, path);
	if (condition !== undefined) {
		if (!isOperatorDocument(condition)) return bsonType(condition) === 'BSONRegExp' ? undefined : condition;
		if (hasField(condition, '$eq')) return condition.$eq;
		if (Array.isArray(condition.$in) && condition.$in.length === 1) return condition.$in[0] as unknown;
		if (Array.isArray(condition.$all) && condition.$all.length === 1) return condition.$all[0] as unknown;
	}
	for (const clause of (filter.$and as Document[] | undefined) ?? []) {
		const found = equalityIn(clause, path);
		if (found !== undefined) return found;
	}
	return undefined;
}

function seedFromFilter(filter: Document, seed: Document): void {
	for (const [key, condition] of Object.entries(filter)) {
		if (key === '$and' || (key === '$or' && (condition as Document[]).length === 1)) {
			for (const clause of condition as Document[]) seedFromFilter(clause, seed);
			continue;
		}
		if (key.startsWith('$')) continue;
		const value = equalityIn({ [key]: condition as unknown }, key);
		if (value === undefined) continue;
		let holder = seed;
		const parts = key.split('.');
		for (const part of parts.slice(0, -1)) {
			if (!isPlainObject(getField(holder, part))) setField(holder, part, {});
			holder = holder[part] as Document;
		}
		setField(holder, parts.at(-1)!, cloneValue(value));
	}
}
