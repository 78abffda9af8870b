import { CommandError } from './errors.ts';
import { encodeCompound, encodeKey, typeTag, type StringComparator } from './keys.ts';
import { compileFilter, isOperatorDocument, type Filter } from './match.ts';
import { TopItems, type Sort } from './sort.ts';
import type { Collection, Index, KeyRange, Row, View } from './storage.ts';
import {
	bsonType,
	decodePlain,
	decodeTyped,
	getField,
	hasField,
	isPlainObject,
	toNumber,
	toPlain,
	type Document
} from './values.ts';

/** How the candidates of a query are found. What a plan finds is always tested with the whole filter, but for `exact`. */
export type Plan =
	| { kind: 'none' }
	| { kind: 'id'; key: Uint8Array; exact: boolean }
	| { kind: 'collection'; reverse: boolean; sorted: boolean }
	| { kind: 'index'; index: Index | 'id'; ranges: KeyRange[]; bounds: string[]; reverse: boolean; sorted: boolean }
	| { kind: 'or'; plans: Plan[] };

export interface PlanRequest {
	filter: Document;
	sort?: Document;
	hint?: unknown;
	strings?: StringComparator;
}

/** What a filter demands of one field, as far as an index can use it. */
interface Demand {
	/** Any of these values. */
	equal?: unknown[];
	above?: { value: unknown; inclusive: boolean };
	below?: { value: unknown; inclusive: boolean };
	/** The string prefix of a regular expression. */
	prefix?: string;
}

const MAX_RANGES = 200;

const ID_PATTERN = { paths: [['_id']], directions: [1] };

/** Picks an index. @throws CommandError BadValue where a hint names none. */
export function choosePlan(collection: Collection, { filter, sort, hint, strings }: PlanRequest): Plan {
	const plain = toPlain(filter) as Document;
	const demands = new Map<string, Demand>();
	gather(plain, demands, strings);
	const natural = naturalOrder(sort, hint);
	if (natural) return { kind: 'collection', reverse: natural < 0, sorted: true };
	const hinted = hint === undefined ? undefined : hintedIndex(collection, hint);

	const id = demands.get('_id')?.equal;
	if (id?.length === 1 && (hinted === undefined || hinted === 'id')) {
		const fields = Object.keys(plain);
		const exact = fields.length === 1 && fields[0] === '_id' && !isOperatorDocument(plain._id);
		return { kind: 'id', key: encodeKey(id[0]), exact };
	}

	const candidates: (Index | 'id')[] = hinted !== undefined ? [hinted] : ['id', ...collection.indexes];
	let best: Plan | undefined;
	let bestScore = 0;
	for (const index of candidates) {
		if (index !== 'id' && hinted === undefined && index.spec.hidden === true) continue;
		if (index !== 'id' && hinted === undefined && !serves(index, plain, demands)) continue;
		const { plan, score } = planIndex(index, demands, sort, strings);
		if (score > bestScore || (hinted !== undefined && !best)) {
			best = plan;
			bestScore = score;
		}
	}
	if (best) return best;
	return planOr(collection, plain, strings) ?? { kind: 'collection', reverse: false, sorted: sort === undefined };
}

function naturalOrder(sort: Document | undefined, hint: unknown): number | undefined {
	for (const spec of [sort, hint]) {
		if (isPlainObject(spec) && hasField(spec, '$natural')) return toNumber(spec.$natural) ?? 1;
	}
	return undefined;
}

function hintedIndex(collection: Collection, hint: unknown): Index | 'id' {
	const bad = new CommandError(
		'BadValue',
		'error processing query: planner returned error: hint provided does not correspond to an existing index'
	);
	if (typeof hint === 'string') {
		if (hint === '_id_') return 'id';
		const found = collection.indexes.find(({ name }) => name === hint);
		if (!found) throw bad;
		return found;
	}
	if (!isPlainObject(hint)) throw new CommandError('FailedToParse', 'Hint must be a string or an object');
	const wanted = JSON.stringify(toPlain(hint));
	if (wanted === '{"_id":1}') return 'id';
	const found = collection.indexes.find(({ spec }) => JSON.stringify(toPlain(spec.key)) === wanted);
	if (!found) throw bad;
	return found;
}

/** Collects what a conjunction demands field by field. Anything it does not understand is left to the filter. */
function gather(filter: Document, demands: Map<string, Demand>, strings: StringComparator): void {
	for (const [key, condition] of Object.entries(filter)) {
		if (key === '$and' && Array.isArray(condition))
			for (const clause of condition) gather(clause as Document, demands, strings);
		if (key.startsWith('$')) continue;
		const demand = demands.get(key) ?? {};
		if (!isOperatorDocument(condition)) {
			if (isRegex(condition)) demand.prefix ??= regexPrefix(condition, undefined);
			else if (usable(condition, strings)) demand.equal ??= [condition];
		} else {
			for (const [operator, operand] of Object.entries(condition))
				addDemand(demand, operator, operand, condition, strings);
		}
		if (Object.keys(demand).length > 0) demands.set(key, demand);
	}
}

function addDemand(
	demand: Demand,
	operator: string,
	operand: unknown,
	siblings: Document,
	strings: StringComparator
): void {
	switch (operator) {
		case '$eq':
			if (usable(operand, strings)) demand.equal ??= [operand];
			return;
		case '$in':
			if (Array.isArray(operand) && operand.every((value) => usable(value, strings) && !isRegex(value)))
				demand.equal ??= operand;
			return;
		case '$gt':
		case '$gte':
			if (orderable(operand, strings)) demand.above ??= { value: operand, inclusive: operator === '$gte' };
			return;
		case '$lt':
		case '$lte':
			if (orderable(operand, strings)) demand.below ??= { value: operand, inclusive: operator === '$lte' };
			return;
		case '$regex':
			demand.prefix ??= regexPrefix(operand, siblings.$options);
			if (demand.prefix === undefined) delete demand.prefix;
	}
}

/** Whether equality with a value is equality of keys: an array is indexed by its elements, a collation changes strings. */
function usable(value: unknown, strings: StringComparator): boolean {
	if (Array.isArray(value)) return false;
	return !strings || (typeof value !== 'string' && !isPlainObject(value));
}

function orderable(value: unknown, strings: StringComparator): boolean {
	const type = bsonType(value);
	if (value === null || value === undefined || type === 'MinKey' || type === 'MaxKey' || Number.isNaN(value))
		return false;
	return usable(value, strings) && !isPlainObject(value) && !isRegex(value);
}

function isRegex(value: unknown): boolean {
	return value instanceof RegExp || bsonType(value) === 'BSONRegExp';
}

/** The literal start of a regular expression anchored to the beginning, where it is case-sensitive. */
function regexPrefix(pattern: unknown, options: unknown): string | undefined {
	const { source, flags } =
		typeof pattern === 'string'
			? { source: pattern, flags: '' }
			: pattern instanceof RegExp
				? pattern
				: { source: (pattern as { pattern: string }).pattern, flags: (pattern as { options: string }).options };
	if (/[imx]/.test(String(options ?? flags)) || source.includes('|')) return undefined;
	const literal = /^\^([\w\s:/@,-]+)/.exec(source)?.[1];
	if (!literal) return undefined;
	// A quantifier after the last character makes that character optional.
	const next = source[literal.length + 1];
	const prefix = next !== undefined && '*?{'.includes(next) ? literal.slice(0, -1) : literal;
	return prefix === '' ? undefined : prefix;
}

/** Whether a partial or sparse index holds every document the filter can match. */
function serves(index: Index, filter: Document, demands: Map<string, Demand>): boolean {
	if (index.sparse && !index.pattern.paths.some((path) => demandsPresence(demands.get(path.join('.'))))) return false;
	const partial = index.spec.partialFilterExpression as Document | undefined;
	if (!partial) return true;
	return Object.entries(toPlain(partial) as Document).every(([path, condition]) => {
		if (path.startsWith('$')) return false;
		const own = getField(filter, path);
		if (own !== undefined && JSON.stringify(own) === JSON.stringify(condition)) return true;
		const demand = demands.get(path);
		if (isPlainObject(condition) && Object.keys(condition).length === 1 && condition.$exists === true)
			return demandsPresence(demand);
		if (!demand?.equal) return false;
		const test = compileFilter({ field: condition as unknown });
		return demand.equal.every((value) => test.test({ field: value }));
	});
}

function demandsPresence(demand: Demand | undefined): boolean {
	if (!demand) return false;
	if (demand.equal) return demand.equal.every((value) => value !== null && value !== undefined);
	return demand.above !== undefined || demand.below !== undefined || demand.prefix !== undefined;
}

function planIndex(
	index: Index | 'id',
	demands: Map<string, Demand>,
	sort: Document | undefined,
	strings: StringComparator
): { plan: Plan; score: number } {
	const { paths, directions } = index === 'id' ? ID_PATTERN : index.pattern;
	const multikey = index !== 'id' && index.multikey;
	const fields = paths.map((path) => path.join('.'));

	let prefixes: { values: unknown[] }[] = [{ values: [] }];
	let used = 0;
	let singles = 0;
	const heads = new Set<string>();
	for (const field of fields) {
		const equal = demands.get(field)?.equal;
		const head = field.split('.')[0]!;
		// Two conditions on one array may be met by different elements, which no single entry shows.
		if (!equal || prefixes.length * equal.length > MAX_RANGES || (multikey && heads.has(head))) break;
		prefixes = prefixes.flatMap(({ values }) => equal.map((value) => ({ values: [...values, value] })));
		heads.add(head);
		if (equal.length === 1 && singles === used) singles++;
		used++;
	}
	const rangeField = fields[used];
	const demand =
		rangeField !== undefined && !(multikey && heads.has(rangeField.split('.')[0]!))
			? demands.get(rangeField)
			: undefined;
	const ranged = demand !== undefined && (demand.above ?? demand.below ?? demand.prefix) !== undefined;
	const ranges = distinct(
		prefixes.map(({ values }) => {
			const prefix = encodeCompound(values, directions);
			return ranged
				? rangeAfter(prefix, demand, directions[used]!, multikey)
				: { low: prefix, high: Buffer.concat([prefix, END]) };
		})
	);

	const order =
		sort && !strings && !multikey && ranges.length === 1 ? sortDirection(sort, fields, directions, singles) : 0;
	const bounds = fields.map((field, at) =>
		describeDemand(at < used || (at === used && ranged) ? demands.get(field) : undefined)
	);
	const score =
		used * 4 +
		(ranged ? 2 : 0) +
		(order !== 0 ? 3 : 0) +
		(index !== 'id' && index.unique && used === fields.length ? 1 : 0);
	return {
		plan: { kind: 'index', index, ranges, bounds, reverse: order < 0, sorted: sort === undefined || order !== 0 },
		score
	};
}

/** Greater than the first byte of any field's key, in either direction. */
const END = Buffer.from([0xff]);

function rangeAfter(prefix: Buffer, demand: Demand, direction: number, multikey: boolean): KeyRange {
	const { above } = demand;
	let { below } = demand;
	// On an array, each bound may be met by another element: only one of them can be used.
	if (above && below && (multikey || typeTag(above.value) !== typeTag(below.value))) below = undefined;
	const tag = typeTag(above?.value ?? below?.value ?? '');
	let low: Buffer = Buffer.from([tag]);
	let high: Buffer = Buffer.from([tag + 1]);
	if (above) low = above.inclusive ? encodeKey(above.value) : Buffer.concat([encodeKey(above.value), END]);
	if (below) high = below.inclusive ? Buffer.concat([encodeKey(below.value), END]) : encodeKey(below.value);
	if (!above && !below) {
		// A string's key ends with two zero bytes, which a prefix goes on past. Turned, they are the greatest bytes there
		// are, so that a descending range ends only before the next prefix of this length.
		low = encodeKey(demand.prefix).subarray(0, -2);
		high = Buffer.concat([low, END]);
		if (direction < 0)
			return { low: Buffer.concat([prefix, turned(low)]), high: next(Buffer.concat([prefix, turned(low)])) };
	}
	if (direction > 0) return { low: Buffer.concat([prefix, low]), high: Buffer.concat([prefix, high]) };
	return { low: Buffer.concat([prefix, turnedBound(high)]), high: Buffer.concat([prefix, turnedBound(low)]) };
}

/**
 * A bound of an ascending field as one of a descending one. The interval [low, high) of keys becomes (~high, ~low]: keys
 * that begin with a bound lie on its other side, so it is moved behind all of them.
 */
function turnedBound(bound: Buffer): Buffer {
	const passed = bound.at(-1) === 0xff;
	const other = turned(passed ? bound.subarray(0, -1) : bound);
	if (bound.length === 1) return next(other);
	return passed ? other : Buffer.concat([other, END]);
}

/** An ascending field's key as a descending one. */
function turned(key: Buffer): Buffer {
	return Buffer.from(key.map((byte) => ~byte & 0xff));
}

/** The first bytes behind everything that begins with `start`, whose last byte is not the greatest. */
function next(start: Buffer): Buffer {
	const following = Buffer.from(start);
	following[following.length - 1]!++;
	return following;
}

function distinct(ranges: KeyRange[]): KeyRange[] {
	if (ranges.length < 2) return ranges;
	const sorted = ranges.sort((left, right) => Buffer.compare(left.low, right.low));
	return sorted.filter((range, at) => at === 0 || Buffer.compare(sorted[at - 1]!.low, range.low) !== 0);
}

/** 1 or -1 where reading the index forwards or backwards gives the order; 0 where it does not. */
function sortDirection(sort: Document, fields: string[], directions: number[], singles: number): number {
	const fixed = new Set(fields.slice(0, singles));
	const wanted = Object.entries(sort).filter(([field]) => !fixed.has(field));
	if (wanted.length === 0) return 1;
	let result = 0;
	for (const [at, [field, order]] of wanted.entries()) {
		const position = singles + at;
		if (fields[position] !== field) return 0;
		const same = Math.sign(toNumber(order) ?? 0) * directions[position]!;
		if (same === 0 || (result !== 0 && same !== result)) return 0;
		result = same;
	}
	return result;
}

function describeDemand(demand: Demand | undefined): string {
	if (!demand) return '[MinKey, MaxKey]';
	const show = (value: unknown): string => JSON.stringify(value) ?? 'null';
	if (demand.equal) return demand.equal.map((value) => `[${show(value)}, ${show(value)}]`).join(', ');
	if (demand.prefix !== undefined && !demand.above && !demand.below) return `["${demand.prefix}", ...)`;
	const low = demand.above ? `${demand.above.inclusive ? '[' : '('}${show(demand.above.value)}` : '[-inf';
	const high = demand.below ? `${show(demand.below.value)}${demand.below.inclusive ? ']' : ')'}` : 'inf]';
	return `${low}, ${high}`;
}

/** A disjunction whose every branch has an index. */
function planOr(collection: Collection, filter: Document, strings: StringComparator): Plan | undefined {
	if (!Array.isArray(filter.$or)) return undefined;
	const plans: Plan[] = [];
	for (const clause of filter.$or) {
		const plan = choosePlan(collection, { filter: clause as Document, strings });
		if (
			plan.kind === 'collection' ||
			(plan.kind === 'index' && plan.bounds.every((bound) => bound === '[MinKey, MaxKey]'))
		)
			return undefined;
		plans.push(plan);
	}
	return { kind: 'or', plans };
}

/** The rows a plan leads to, each once. `page` is how many to read at first. */
export function* candidates(view: View, collection: Collection, plan: Plan, page?: number): Generator<Row> {
	switch (plan.kind) {
		case 'none':
			return;
		case 'id': {
			const row = view.byKey(collection, plan.key);
			if (row) yield row;
			return;
		}
		case 'collection':
			return yield* view.rows(collection, plan.reverse, page);
		case 'index': {
			const { index, ranges, reverse } = plan;
			const seen = index !== 'id' && (index.multikey || view.unordered(collection)) ? new Set<number>() : undefined;
			for (const range of reverse ? ranges.toReversed() : ranges) {
				const rows =
					index === 'id'
						? view.ids(collection, range, reverse, page)
						: view.entries(collection, index, range, reverse, page);
				for (const row of rows) {
					if (seen?.has(row.rid)) continue;
					seen?.add(row.rid);
					yield row;
				}
			}
			return;
		}
		case 'or': {
			const seen = new Set<number>();
			for (const branch of plan.plans) {
				for (const row of candidates(view, collection, branch, page)) {
					if (seen.has(row.rid)) continue;
					seen.add(row.rid);
					yield row;
				}
			}
		}
	}
}

/** Whether a plan's rows come in the order of the query's sort. */
export function isSorted(plan: Plan): boolean {
	return plan.kind === 'id' || plan.kind === 'none' || (plan.kind !== 'or' && plan.sorted);
}

/** A row that matched, and its document as the filter saw it. */
export interface Match extends Row {
	document: Document;
}

/** How much a query read, for `explain`. */
export interface Work {
	examined: number;
}

/** The rows of a plan that match a filter. */
export function* matches(
	view: View,
	collection: Collection,
	plan: Plan,
	filter: Filter,
	page?: number,
	work?: Work
): Generator<Match> {
	const decode = filter.needsTypes ? decodeTyped : decodePlain;
	const exact = (plan.kind === 'id' && plan.exact) || filter.all;
	for (const row of candidates(view, collection, plan, page)) {
		if (work) work.examined++;
		const match = new LazyMatch(row, decode);
		if (exact || filter.test(match.document)) yield match;
	}
}

/** Decodes its document when it is first looked at: a read by `_id` never needs it. */
class LazyMatch implements Match {
	readonly rid: number;
	readonly bytes: Uint8Array;
	readonly #decode: (bytes: Uint8Array) => Document;
	#document: Document | undefined;

	constructor(row: Row, decode: (bytes: Uint8Array) => Document) {
		this.rid = row.rid;
		this.bytes = row.bytes;
		this.#decode = decode;
	}

	get document(): Document {
		return (this.#document ??= this.#decode(this.bytes));
	}
}

export interface Order {
	sort?: Sort;
	skip: number;
	/** 0 for no limit. */
	limit: number;
}

/** Puts matches in order: as they come where the plan is sorted, by a top-k heap where a limit bounds it, else all. */
export function* ordered(found: Iterable<Match>, plan: Plan, { sort, skip, limit }: Order): Generator<Row> {
	const rows: Iterable<Row> =
		sort && !isSorted(plan) ? sortMatches(found, sort, limit === 0 ? undefined : skip + limit) : found;
	let at = 0;
	for (const row of rows) {
		if (at++ < skip) continue;
		yield row;
		if (limit > 0 && at >= skip + limit) return;
	}
}

/** The most that a sort without an index may hold in memory, in bytes. */
const MAX_SORT_BYTES = 100 * 1024 * 1024;

function sortMatches(found: Iterable<Match>, sort: Sort, limit: number | undefined): Row[] {
	const top = new TopItems<Row>(limit ?? Infinity, sort.compare);
	let held = 0;
	for (const match of found) {
		top.offer(sort.key(match.document), { rid: match.rid, bytes: match.bytes });
		held += match.bytes.length;
		if (limit === undefined && held > MAX_SORT_BYTES) {
			throw new CommandError(
				'QueryExceededMemoryLimitNoDiskUseAllowed',
				`Sort exceeded memory limit of ${MAX_SORT_BYTES} bytes; add an index or a limit.`
			);
		}
	}
	return top.items();
}
