import type { Connection, Model } from 'mongoose';
import type { Hex } from '#lib/domain/order.ts';
import { defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** The goods of an order, as its seller sent them. */
export type DeliveryDocument = Revised &
	Timestamps & {
		/** The order. */
		_id: string;
		file: string;
		cid: string;
		size: number;
		/** SHA-256 of the file. */
		fileDigest: Hex;
		format: number;
		/** Names, types and sizes, encrypted; base64. */
		manifest: string;
		/** SHA-256 of the manifest: what `sellerConfirmDelivery` puts on chain. */
		manifestDigest: Hex;
		deliveredAt: Date;
	};

/** `deliveries`: written by the evidence service alone. */
const schema = defineSchema<DeliveryDocument>('deliveries', {
	_id: { type: String, required: true },
	file: { type: String, required: true },
	cid: { type: String, required: true },
	size: { type: Number, required: true },
	fileDigest: { ...hash, required: true },
	format: { type: Number, required: true },
	manifest: { type: String, required: true },
	manifestDigest: { ...hash, required: true },
	deliveredAt: { type: Date, required: true }
});

export function deliveryModel(connection: Connection): Model<DeliveryDocument> {
	return connection.model<DeliveryDocument>('Delivery', schema);
}
