import { Schema, type Connection, type Model } from 'mongoose';
import type { MarketSearch } from '#lib/domain/market.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Category } from '#lib/domain/product.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A search that a wallet keeps, and whether it wants to hear what it finds from now on. */
export type SavedSearchDocument = Revised &
	Timestamps & {
		/** `wallet:` and a hash of the search: nobody keeps one twice. */
		_id: string;
		wallet: Wallet;
		name: string;
		search: MarketSearch;
		/** Of the search; null where it asks for none. */
		category: Category | null;
		notify: boolean;
	};

/** `savedSearches`: written by the searches service. */
const schema = defineSchema<SavedSearchDocument>('savedSearches', {
	_id: { type: String, required: true },
	wallet: { ...address, required: true },
	name: { type: String, required: true },
	search: { type: Schema.Types.Mixed, required: true },
	category: { type: String, default: null },
	notify: { type: Boolean, required: true }
});
schema.index({ wallet: 1, createdAt: -1, _id: -1 });
schema.index({ notify: 1, category: 1, _id: 1 });

export function savedSearchModel(connection: Connection): Model<SavedSearchDocument> {
	return connection.model<SavedSearchDocument>('SavedSearch', schema);
}
