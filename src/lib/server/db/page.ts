import type { Model, QueryFilter } from 'mongoose';
import { z } from 'zod';
import { BadCursor } from '#lib/domain/errors.ts';

/** Part of a list, and where to go on: `next` is null at its end. */
export type Page<Item> = { items: Item[]; next: string | null };

/** Which documents a list is of. */
export type Filter<Document> = QueryFilter<Document>;

/** What a list is sorted by, `record.ruled` where it stands deeper; documents that are equal in it are sorted by their id, the same way. */
export type Order = { field: string; direction: 1 | -1 };

const position = z.tuple([z.string(), z.int(), z.union([z.string(), z.number(), z.null()]), z.string()]);

/**
 * Reads one page of a list by the place where the last one ended, so that nothing is shown twice or left out when
 * something is added meanwhile, and the last page costs as much as the first.
 * @param input.cursor the `next` of the page before, of the same list
 * @throws {BadCursor} for a text that is no cursor of a list so sorted
 */
export async function readPage<Document extends { _id: string }>(
	model: Model<Document>,
	filter: Filter<Document>,
	{ field, direction }: Order,
	{ cursor, limit }: { cursor?: string; limit: number }
): Promise<Page<Document>> {
	const after = cursor === undefined ? {} : afterPosition(readCursor(cursor, field, direction), field, direction);
	const found = (await model
		.find({ $and: [filter, after] } as Filter<Document>)
		.sort({ [field]: direction, _id: direction })
		.limit(limit + 1)
		.lean()) as Document[];
	const items = found.slice(0, limit);
	const last = items.at(-1);
	const next = found.length > limit && last !== undefined ? writeCursor(last, field, direction) : null;
	return { items, next };
}

/**
 * One page of several lists that share nothing, from the pages of each that {@link readPage} read with the same cursor and
 * limit, sorted by a time: the database merges such lists only after it has read them whole.
 */
export function mergePages<Field extends string, Document extends { _id: string } & Record<Field, Date>>(
	pages: readonly Page<Document>[],
	{ field, direction }: { field: Field; direction: 1 | -1 },
	limit: number
): Page<Document> {
	const all = pages
		.flatMap(({ items }) => items)
		.sort((a, b) => direction * (a[field].getTime() - b[field].getTime() || (a._id < b._id ? -1 : 1)));
	const items = all.slice(0, limit);
	const last = items.at(-1);
	const isMore = all.length > limit || pages.some(({ next }) => next !== null);
	return { items, next: isMore && last !== undefined ? writeCursor(last, field, direction) : null };
}

function writeCursor(document: { _id: string }, field: string, direction: number): string {
	const value = field.split('.').reduce<unknown>((of, name) => (of as Record<string, unknown>)[name], document);
	const plain = value instanceof Date ? value.getTime() : value == null ? null : String(value);
	return Buffer.from(JSON.stringify([field, direction, plain, document._id])).toString('base64url');
}

function readCursor(cursor: string, field: string, direction: number): { value: string | number | null; id: string } {
	try {
		const parsed = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
		if (parsed[0] === field && parsed[1] === direction) return { value: parsed[2], id: parsed[3] };
	} catch {
		// refused below, like a cursor of another list
	}
	throw new BadCursor();
}

/** Times are milliseconds in a cursor, decimals are texts; Mongoose makes each what its field is. */
function afterPosition(
	{ value, id }: { value: string | number | null; id: string },
	field: string,
	direction: 1 | -1
): object {
	const further = direction === 1 ? '$gt' : '$lt';
	return { $or: [{ [field]: { [further]: value } }, { [field]: value, _id: { [further]: id } }] };
}
