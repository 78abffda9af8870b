import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Whoever wants to hear what a seller lists. */
export type FollowDocument = Revised &
	Timestamps & {
		/** `follower:seller`: nobody follows twice. */
		_id: string;
		follower: Wallet;
		seller: Wallet;
	};

/** `follows`: written by the follows service. */
const schema = defineSchema<FollowDocument>('follows', {
	_id: { type: String, required: true },
	follower: { ...address, required: true },
	seller: { ...address, required: true }
});
schema.index({ seller: 1, _id: 1 });
schema.index({ follower: 1, _id: 1 });

export function followModel(connection: Connection): Model<FollowDocument> {
	return connection.model<FollowDocument>('Follow', schema);
}
