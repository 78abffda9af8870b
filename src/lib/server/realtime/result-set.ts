// The documents that a query gives, followed change by change without asking the database.
import { Query } from 'mingo';
import type { Document } from 'mongodb';
import { isDeepStrictEqual } from 'node:util';
import type { Change } from './change-hub.ts';
import type { PublishedQuery } from './publication.ts';

/** The difference between two states of a result. */
export type ResultDelta = {
	/** Documents that are new or different. */
	set: Document[];
	gone: string[];
	/** Every id in order, where the order is not the old one with new documents at its end. */
	order?: string[];
};

/** `edge`: what lies past the end of a limited list now matters, and only the database knows it. */
export type Applied = { delta: ResultDelta | null; edge: boolean };

/** A query's result in memory. Sorted as the database sorts; a limited list knows where its knowledge ends. */
export class ResultSet {
	readonly #query: PublishedQuery;
	readonly #matcher: Query;
	readonly #compare: ((a: Document, b: Document) => number) | null;
	#documents: Document[] = [];
	readonly #byId = new Map<string, Document>();
	/** The last document of a list that is full: what sorts after it is unknown. Null: the result is whole. */
	#boundary: Document | null = null;

	constructor(query: PublishedQuery) {
		this.#query = query;
		this.#matcher = new Query(query.filter);
		this.#compare = query.sort === undefined ? null : comparator(query.sort);
	}

	get documents(): readonly Document[] {
		return this.#documents;
	}

	has(id: string): boolean {
		return this.#byId.has(id);
	}

	/** Takes what the database answered in place of what was known. */
	replace(documents: readonly Document[]): void {
		this.#documents = [...documents];
		this.#byId.clear();
		for (const document of documents) this.#byId.set(idOf(document), document);
		const full = this.#query.limit !== undefined && documents.length >= this.#query.limit;
		this.#boundary = full ? (documents.at(-1) ?? null) : null;
	}

	/** Follows changes of one moment; their order counts. */
	apply(changes: readonly Change[]): Applied {
		const before = this.#documents;
		const changed = new Set<string>();
		let edge = false;
		for (const change of changes) {
			const step = this.#step(change);
			if (step.changed) changed.add(change.id);
			edge ||= step.edge;
			if (step.dropped !== undefined) changed.add(step.dropped);
		}
		return { delta: changed.size === 0 ? null : this.#difference(before, changed), edge };
	}

	/** What leads from an earlier state to this one; null: nothing differs. */
	since(before: readonly Document[]): ResultDelta | null {
		const earlier = new Map(before.map((document) => [idOf(document), document]));
		const changed = new Set<string>();
		for (const document of this.#documents)
			if (!isDeepStrictEqual(earlier.get(idOf(document)), document)) changed.add(idOf(document));
		for (const id of earlier.keys()) if (!this.#byId.has(id)) changed.add(id);
		const delta = this.#difference(before, changed);
		return delta.set.length + delta.gone.length === 0 && delta.order === undefined ? null : delta;
	}

	#step({ id, after }: Change): { changed: boolean; edge: boolean; dropped?: string } {
		const held = this.#byId.get(id);
		const belongs = after !== null && this.#matcher.test(after) && !this.#isPast(after);
		if (!belongs) {
			if (held === undefined) return { changed: false, edge: false };
			this.#remove(id);
			return { changed: true, edge: this.#boundary !== null };
		}
		if (held !== undefined) this.#remove(id);
		this.#insert(id, after);
		const { limit } = this.#query;
		if (limit === undefined || this.#documents.length <= limit) return { changed: true, edge: false };

		const last = this.#documents.at(-1) as Document;
		this.#remove(idOf(last));
		this.#boundary = this.#documents.at(-1) ?? null;
		return { changed: true, edge: false, dropped: idOf(last) };
	}

	#isPast(document: Document): boolean {
		return this.#boundary !== null && this.#compare !== null && this.#compare(document, this.#boundary) > 0;
	}

	#remove(id: string): void {
		this.#byId.delete(id);
		this.#documents = this.#documents.filter((document) => idOf(document) !== id);
	}

	#insert(id: string, document: Document): void {
		this.#byId.set(id, document);
		const compare = this.#compare;
		const found = compare === null ? -1 : this.#documents.findIndex((other) => compare(document, other) < 0);
		this.#documents = this.#documents.toSpliced(found === -1 ? this.#documents.length : found, 0, document);
	}

	#difference(before: readonly Document[], changed: ReadonlySet<string>): ResultDelta {
		const set = this.#documents.filter((document) => changed.has(idOf(document)));
		const held = new Set(before.map(idOf));
		const gone = [...changed].filter((id) => !this.#byId.has(id) && held.has(id));
		if (this.#compare === null) return { set, gone };

		const expected = before.map(idOf).filter((id) => this.#byId.has(id));
		for (const document of set) if (!held.has(idOf(document))) expected.push(idOf(document));
		const order = this.#documents.map(idOf);
		return order.every((id, index) => id === expected[index]) ? { set, gone } : { set, gone, order };
	}
}

/** The sort with `_id` as its last field: no two documents are equal in it. */
export function totalOrder(sort: Readonly<Record<string, 1 | -1>>): Record<string, 1 | -1> {
	return { ...sort, _id: sort._id ?? 1 };
}

/** A document's `_id` as text. */
export function idOf(document: Document): string {
	return String(document._id);
}

/** The database's order, for fields that each hold one kind of numbers, texts or dates, or nothing. */
function comparator(sort: Readonly<Record<string, 1 | -1>>): (a: Document, b: Document) => number {
	const fields = Object.entries(totalOrder(sort));
	return (a, b) => {
		for (const [field, direction] of fields) {
			const order = compareValues(a[field], b[field]);
			if (order !== 0) return order * direction;
		}
		return 0;
	};
}

function compareValues(a: unknown, b: unknown): number {
	const x = sortable(a);
	const y = sortable(b);
	if (x === y) return 0;
	if (x === null) return -1;
	if (y === null) return 1;
	return x < y ? -1 : 1;
}

function sortable(value: unknown): number | string | null {
	if (value === undefined || value === null) return null;
	if (typeof value === 'number' || typeof value === 'string') return value;
	if (value instanceof Date) return value.getTime();
	throw new TypeError('A published list is sorted by a field that is neither text, number nor date');
}
