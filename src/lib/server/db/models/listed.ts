import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** That a listing came onto the market, and who has been told of it so far. */
export type ListedDocument = Revised &
	Timestamps & {
		/** `product:` and when it was listed, in ms: off the market and back is not new. */
		_id: string;
		product: string;
		seller: Wallet;
		/** Whose turn it is. */
		state: 'followers' | 'searches' | 'done';
		/** The last that was looked at of those. */
		after: string;
	};

/** `listed`: rows are added by the products service (listed.ts); how far they are is written by tell-of-listed.ts. */
const schema = defineSchema<ListedDocument>('listed', {
	_id: { type: String, required: true },
	product: { type: String, required: true },
	seller: { ...address, required: true },
	state: { type: String, enum: ['followers', 'searches', 'done'], required: true },
	after: { type: String, default: '' }
});
schema.index({ state: 1, createdAt: 1 });
schema.index({ seller: 1 });

export function listedModel(connection: Connection): Model<ListedDocument> {
	return connection.model<ListedDocument>('Listed', schema);
}
