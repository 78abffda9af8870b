import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import {
	changeSearchInput,
	saveSearchInput,
	searchesLimit,
	searchId,
	TooManySearches,
	type ChangeSearchInput,
	type SavedSearch,
	type SaveSearchInput
} from '#lib/domain/saved-search.ts';
import { eachOnce, type MarketSearch } from '#lib/domain/market.ts';
import { pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { SavedSearchDocument } from '#lib/server/db/models/saved-search.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { sha256 } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';

/**
 * Keeps a search: the actor hears what it finds from now on. One that is kept already stays as it is.
 * @throws {InvalidInput} {TooManySearches}
 */
export async function saveSearch(context: Context, actor: Actor, input: SaveSearchInput): Promise<SavedSearch> {
	const { name, search: given } = parseInput(saveSearchInput, input);
	const sorted = { ...given, kind: given.kind.toSorted(), token: given.token.toSorted() };
	// The database would keep null in the place of what is not asked for, which is something else to whoever reads it.
	const search: MarketSearch = Object.fromEntries(Object.entries(sorted).filter(([, value]) => value !== undefined));
	const { savedSearches } = context.models;
	const { wallet } = actor;
	// Parsed and sorted, so that one search is written in one way.
	const _id = `${wallet}:${sha256(JSON.stringify(search)).slice(0, 32)}`;
	if ((await savedSearches.countDocuments({ wallet, _id: { $ne: _id } })) >= searchesLimit)
		throw new TooManySearches({ limit: searchesLimit });
	const row = { wallet, name, search, category: search.category ?? null, notify: true };
	const saved = await savedSearches
		.findOneAndUpdate({ _id }, { $setOnInsert: row }, { upsert: true, returnDocument: 'after' })
		.lean();
	return viewOf(saved);
}

/** What the actor keeps, the latest first. @throws {InvalidInput} {BadCursor} */
export async function listSearches(
	context: Context,
	actor: Actor,
	input: { cursor?: string; limit?: number } = {}
): Promise<Page<SavedSearch>> {
	const page = parseInput(z.strictObject(pageInput), { limit: searchesLimit, ...input });
	const latest = { field: 'createdAt', direction: -1 } as const;
	const { items, next } = await readPage(context.models.savedSearches, { wallet: actor.wallet }, latest, page);
	return { items: items.map(viewOf), next };
}

/** Renames a search, or decides whether it is told of. @throws {InvalidInput} {NotFound} */
export async function changeSearch(context: Context, actor: Actor, input: ChangeSearchInput): Promise<SavedSearch> {
	const { id, ...changes } = parseInput(changeSearchInput, input);
	const changed = await context.models.savedSearches
		.findOneAndUpdate({ _id: id, wallet: actor.wallet }, changes, { returnDocument: 'after' })
		.lean();
	if (changed === null) throw new NotFound({ what: 'search', id });
	return viewOf(changed);
}

/** Keeps a search no longer. @throws {InvalidInput} {NotFound} */
export async function deleteSearch(context: Context, actor: Actor, input: { id: string }): Promise<void> {
	const { id } = parseInput(z.strictObject({ id: searchId }), input);
	const { deletedCount } = await context.models.savedSearches.deleteOne({ _id: id, wallet: actor.wallet });
	if (deletedCount === 0) throw new NotFound({ what: 'search', id });
}

function viewOf({ _id, name, search, notify, createdAt, rev }: SavedSearchDocument): SavedSearch {
	// Rows from before a value was kept once may still say it twice.
	const { kind = [], token = [] } = search;
	return { id: _id, name, search: { ...search, kind: eachOnce(kind), token: eachOnce(token) }, notify, createdAt, rev };
}
