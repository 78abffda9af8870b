import type { Document } from 'mongodb';
import { z } from 'zod';
import { marketSearch } from '#lib/domain/market.ts';
import type { MarketRow, ProductRow } from '#lib/domain/publications.ts';
import { documentId } from '#lib/domain/schemas.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import type { Publication, Viewer } from '#lib/server/realtime/publication.ts';

const market = 'market';

function keys(document: Document): string[] {
	return [`product:${(document as ProductDocument)._id}`, market];
}

/** What was listed once stays readable by its link; a draft and what an operator hid are their seller's alone. */
function show(document: Document, { wallet }: Viewer): ProductRow | null {
	const product = document as ProductDocument;
	const isPublic = product.status !== 'draft' && product.status !== 'hidden';
	return isPublic || product.seller === wallet ? rowOf(product) : null;
}

function rowOf(product: ProductDocument): ProductRow {
	const { _id, rev, slug, seller, status, visibility, title, summary, description, category, kind, tags } = product;
	const { images, prices, stock, confirmHours, releaseHours, validUntil, listedAt } = product;
	return {
		_id,
		rev,
		slug,
		seller,
		status,
		visibility,
		title,
		summary,
		description,
		category,
		kind,
		tags,
		images,
		prices,
		stock,
		confirmHours,
		releaseHours,
		validUntil,
		listedAt
	};
}

/** One listing. */
export const product: Publication<'product'> = {
	name: 'product',
	collection: 'products',
	params: z.strictObject({ id: documentId }),
	authorise: () => true,
	find: (_, { id }) => ({ filter: { _id: id }, keys: [`product:${id}`] }),
	keys,
	show
};

/** The listings of a page that shows these: what changes in them, and which leave the market. */
export const listings: Publication<'listings'> = {
	name: 'listings',
	collection: 'products',
	params: z.strictObject({ ids: z.array(documentId).max(100) }),
	authorise: () => true,
	find: (_, { ids }) => ({
		filter: { _id: { $in: ids }, status: 'listed', visibility: 'public' },
		keys: ids.map((id) => `product:${id}`)
	}),
	keys,
	show: (document) => rowOf(document as ProductDocument),
	sameForAll: true
};

/**
 * How many listings a search finds, and when the latest were listed. They are told as numbers: a list that jumps cannot
 * be read. Asked of the market's index, as the page itself is.
 */
export const marketCount: Publication<'market'> = {
	name: 'market',
	collection: 'products',
	params: marketSearch.extend({ blocks: z.boolean().default(false) }),
	authorise: () => true,
	// Who blocks somebody is told a count of their own; all others share one.
	find: ({ wallet }, { blocks, ...search }) => ({
		filter: {},
		keys: [market],
		count: market,
		search,
		...(blocks && wallet !== null && { blocker: wallet })
	}),
	keys,
	show: (document) => ({ ...(document as MarketRow) }),
	sameForAll: true
};
