import type { Document } from 'mongodb';
import type { z } from 'zod';
import type { MarketSearch } from '#lib/domain/market.ts';
import type { ParamsOf, PublicationName, RowOf } from '#lib/domain/publications.ts';
import type { Wallet } from '#lib/domain/order.ts';

/** Who watches: the wallet of the session that opened the socket; null is anybody. */
export type Viewer = Readonly<{ wallet: Wallet | null; sessionId: string | null }>;

/** What a subscription reads and then follows. Equal queries of a publication share one observer. */
export type PublishedQuery = Readonly<{
	filter: Readonly<Document>;
	/** Fields and directions; `_id` is added last, so that the order is total. Needed with a limit. */
	sort?: Readonly<Record<string, 1 | -1>>;
	limit?: number;
	/** Routing keys: a change of a document that has one of them, before or after, is looked at. */
	keys: readonly string[];
	/** Not the documents but how many they are: one document `{ _id, total }` with this id. */
	count?: string;
	/** Of a count: what each document counts for, as an expression of an aggregation; one where it is left out. */
	weight?: Readonly<Document>;
	/** Of a count: a search of the market, whose index is asked instead of the database. */
	search?: MarketSearch;
	/** Of such a search: whoever blocks sellers whose listings do not count. */
	blocker?: Wallet;
}>;

/**
 * Something that can be watched. All but the database's answer to `find` is pure: `authorise` and `show` run for each
 * interested subscription and change, without I/O.
 */
export type Publication<N extends PublicationName = PublicationName> = Readonly<{
	name: N;
	collection: string;
	/** What a subscriber may ask; unknown fields are refused. */
	params: z.ZodType<ParamsOf<N>>;
	/** Whether the viewer may ask at all. */
	authorise: (viewer: Viewer, params: ParamsOf<N>) => boolean;
	find: (viewer: Viewer, params: ParamsOf<N>) => PublishedQuery;
	/** The routing keys of a document. */
	keys: (document: Document) => readonly string[];
	/** What the viewer sees of a document; null: nothing. */
	show: (document: Document, viewer: Viewer) => RowOf<N> | null;
	/** `show` does not look at the viewer: it runs once a change, however many watch. */
	sameForAll?: boolean;
}>;

/** A publication whose parameters are only known when they come. */
export type AnyPublication = Readonly<{
	name: PublicationName;
	collection: string;
	params: z.ZodType;
	authorise: (viewer: Viewer, params: unknown) => boolean;
	find: (viewer: Viewer, params: unknown) => PublishedQuery;
	keys: (document: Document) => readonly string[];
	show: (document: Document, viewer: Viewer) => { _id: string } | null;
	sameForAll?: boolean;
}>;

/** Forgets a publication's own types; its schema is what makes parameters fit again. */
export function anyPublication<N extends PublicationName>(publication: Publication<N>): AnyPublication {
	return publication as unknown as AnyPublication;
}
