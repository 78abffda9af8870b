// Searches that somebody keeps, to be told what they find from then on.
import { z } from 'zod';
import { DomainError } from './errors.ts';
import { marketSearch, type MarketSearch } from './market.ts';
import { line } from './schemas.ts';

/** How many searches a wallet may keep. */
export const searchesLimit = 50;

const name = line(0, 80);
/** An id as {@link savedSearch} rows have it. */
export const searchId = z.string().regex(/^0x[0-9a-f]{40}:[0-9a-f]{32}$/, 'id');

export const saveSearchInput = z.strictObject({ name: name.default(''), search: marketSearch });
export type SaveSearchInput = z.input<typeof saveSearchInput>;

export const changeSearchInput = z.strictObject({
	id: searchId,
	name: name.optional(),
	notify: z.boolean().optional()
});
export type ChangeSearchInput = z.input<typeof changeSearchInput>;

/** A kept search as its owner sees it; an empty name is for the page to make from the search. */
export type SavedSearch = {
	id: string;
	name: string;
	search: MarketSearch;
	notify: boolean;
	createdAt: Date;
	rev: number;
};

/** Thrown when a wallet keeps as many searches as it may. */
export class TooManySearches extends DomainError {
	constructor(data: { limit: number }) {
		super('too-many-searches', 'limited', data);
	}
}
