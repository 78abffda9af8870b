import { Schema, type Connection, type Model } from 'mongoose';
import type { KeySet } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** The copies of a conversation's key that one of its parties made and signed as one set. */
export type OrderKeyDocument = Revised &
	Timestamps &
	KeySet & {
		_id: string;
		/** Who talks: may be shown it. */
		parties: Wallet[];
	};

const number = { type: Number, required: true } as const;
const text = { type: String, required: true } as const;

/** `orderKeys`: written by the key sets service alone, never changed; a set for an arbitrator's newer keys replaces the one before. */
const schema = defineSchema<OrderKeyDocument>('orderKeys', {
	_id: text,
	conversation: text,
	parties: { type: [String], required: true },
	keyId: { ...hash, required: true },
	maker: { ...address, required: true },
	makerEpoch: number,
	madeAt: number,
	wraps: [
		new Schema(
			{ holder: { ...address, required: true }, epoch: number, x25519: { ...hash, required: true }, wrap: text },
			{ _id: false, strict: 'throw' }
		)
	],
	signature: text
});
// The maker is in the key, so that neither party can take the other's place; the time, because a set more of the same
// key is made for whoever comes later.
schema.index({ conversation: 1, maker: 1, keyId: 1, madeAt: 1 }, { unique: true });
// Whether its maker has given copies since.
schema.index({ maker: 1, createdAt: -1, _id: -1 });
// What an account is taken along with.
schema.index({ parties: 1 });

export function orderKeyModel(connection: Connection): Model<OrderKeyDocument> {
	return connection.model<OrderKeyDocument>('OrderKey', schema);
}
