import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Whom a wallet does not want to hear from. It is between the two: nobody else is shown it. */
export type BlockDocument = Revised &
	Timestamps & {
		/** `wallet:blocked` */
		_id: string;
		wallet: Wallet;
		blocked: Wallet;
	};

/** `blocks`: written by the blocks service. */
const schema = defineSchema<BlockDocument>('blocks', {
	_id: { type: String, required: true },
	wallet: { ...address, required: true },
	blocked: { ...address, required: true }
});
schema.index({ wallet: 1, _id: 1 });

export function blockModel(connection: Connection): Model<BlockDocument> {
	return connection.model<BlockDocument>('Block', schema);
}
