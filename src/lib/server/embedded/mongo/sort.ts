import { CommandError } from './errors.ts';
import { compareValues, type StringComparator } from './keys.ts';
import { isPlainObject, toNumber, type Document } from './values.ts';

/** A sort specification compiled: MongoDB's order, arrays by their least (or greatest) element. */
export interface Sort {
	readonly fields: { path: string; parts: string[]; direction: 1 | -1 }[];
	/** The values a document is sorted by. */
	key(document: Document): unknown[];
	compare(left: unknown[], right: unknown[]): number;
	/** The documents in order; equal ones keep theirs. */
	sorted<T extends Document>(documents: T[]): T[];
}

/** @throws CommandError BadValue where a direction is neither 1 nor -1. */
export function compileSort(spec: Document, strings?: StringComparator): Sort {
	const fields = Object.entries(spec).map(([path, order]) => {
		if (isPlainObject(order) && '$meta' in order) {
			throw new CommandError('CommandNotSupported', 'sorting by $meta is not supported by this server');
		}
		const direction = toNumber(order);
		if (direction !== 1 && direction !== -1) {
			throw new CommandError('BadValue', `$sort key ordering must be 1 (for ascending) or -1 (for descending)`);
		}
		return { path, parts: path.split('.'), direction: direction as 1 | -1 };
	});
	const key = (document: Document): unknown[] =>
		fields.map(({ parts, direction }) => {
			const values = valuesAt(document, parts, 0);
			let best = values.length === 0 ? null : values[0];
			for (const value of values) if (compareValues(value, best, strings) * direction < 0) best = value;
			return best;
		});
	const compare = (left: unknown[], right: unknown[]): number => {
		for (let at = 0; at < fields.length; at++) {
			const order = compareValues(left[at], right[at], strings);
			if (order !== 0) return order * fields[at]!.direction;
		}
		return 0;
	};
	return {
		fields,
		key,
		compare,
		sorted: (documents) =>
			documents
				.map((document) => ({ document, by: key(document) }))
				.sort((left, right) => compare(left.by, right.by))
				.map(({ document }) => document)
	};
}

/** Every value a path leads to, arrays entered; a missing field counts as null and an empty array as undefined. */
function valuesAt(value: unknown, parts: string[], at: number): unknown[] {
	if (at === parts.length) {
		if (!Array.isArray(value)) return [value === undefined ? null : value];
		return value.length === 0 ? [undefined] : value;
	}
	const name = parts[at]!;
	if (Array.isArray(value)) {
		const found: unknown[] = [];
		if (/^\d+$/.test(name) && Number(name) < value.length) found.push(...valuesAt(value[Number(name)], parts, at + 1));
		for (const element of value) if (isPlainObject(element)) found.push(...valuesAt(element, parts, at));
		return found.length === 0 ? [null] : found;
	}
	if (!isPlainObject(value) || !Object.hasOwn(value, name)) return [null];
	return valuesAt(value[name], parts, at + 1);
}

/**
 * Keeps the `limit` first of the items offered, in order, in O(n log limit) time and O(limit) memory. Equal items keep
 * the order in which they were offered.
 */
export class TopItems<T> {
	readonly #limit: number;
	readonly #compare: (left: unknown[], right: unknown[]) => number;
	readonly #heap: { by: unknown[]; at: number; item: T }[] = [];
	#offered = 0;

	constructor(limit: number, compare: (left: unknown[], right: unknown[]) => number) {
		this.#limit = limit;
		this.#compare = compare;
	}

	offer(by: unknown[], item: T): void {
		const entry = { by, at: this.#offered++, item };
		const heap = this.#heap;
		if (heap.length < this.#limit) {
			heap.push(entry);
			let child = heap.length - 1;
			while (child > 0) {
				const parent = (child - 1) >> 1;
				if (this.#order(heap[parent]!, heap[child]!) >= 0) break;
				[heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
				child = parent;
			}
			return;
		}
		// The root is the last of those kept: what sorts after it is not wanted.
		if (this.#limit === 0 || this.#order(entry, heap[0]!) >= 0) return;
		heap[0] = entry;
		for (let parent = 0; ;) {
			const left = parent * 2 + 1;
			if (left >= heap.length) return;
			const right = left + 1;
			const larger = right < heap.length && this.#order(heap[right]!, heap[left]!) > 0 ? right : left;
			if (this.#order(heap[parent]!, heap[larger]!) >= 0) return;
			[heap[parent], heap[larger]] = [heap[larger]!, heap[parent]!];
			parent = larger;
		}
	}

	items(): T[] {
		return [...this.#heap].sort((left, right) => this.#order(left, right)).map(({ item }) => item);
	}

	#order(left: { by: unknown[]; at: number }, right: { by: unknown[]; at: number }): number {
		return this.#compare(left.by, right.by) || left.at - right.at;
	}
}
