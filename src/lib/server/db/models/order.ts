import { Schema, type Connection, type Model } from 'mongoose';
import type { OrderDocument } from '#lib/domain/order.ts';
import { address, amount, defineSchema, hash } from '#lib/server/db/schema.ts';

const place = {
	block: { type: Number, required: true },
	blockHash: { ...hash, required: true },
	at: { type: Date, required: true },
	txHash: { ...hash, required: true },
	logIndex: { type: Number, required: true },
	final: { type: Boolean, required: true },
	finalized: { type: Boolean, required: true }
};

const timelineEntry = new Schema(
	{
		...place,
		kind: { type: String, required: true },
		by: { ...address, default: null },
		data: { type: Schema.Types.Mixed, required: true }
	},
	{ _id: false, strict: 'throw', minimize: false }
);

const payout = new Schema(
	{
		wallet: { ...address, required: true },
		amount: { ...amount, required: true },
		kind: { type: String, required: true },
		deferred: { type: Boolean, required: true },
		at: { type: Date, required: true },
		txHash: { ...hash, required: true },
		logIndex: { type: Number, required: true }
	},
	{ _id: false, strict: 'throw' }
);

const dispute = new Schema(
	{ opener: { ...address, required: true }, fee: { ...amount, required: true }, at: { type: Date, required: true } },
	{ _id: false, strict: 'throw' }
);

const head = new Schema(
	{ block: { type: Number, required: true }, hash: { ...hash, required: true } },
	{ _id: false, strict: 'throw' }
);

/** `orders`: every field is written by the projection (indexer/project.ts) alone. */
const schema = defineSchema<OrderDocument>(
	'orders',
	{
		_id: { type: String, required: true },
		chainId: { type: Number, required: true },
		orderId: { ...hash, required: true },
		buyer: { ...address, required: true },
		seller: { ...address, required: true },
		tokenId: { type: Number, required: true },
		token: { ...address, required: true },
		amount: { ...amount, required: true },
		confirmHours: { type: Number, required: true },
		releaseHours: { type: Number, required: true },
		termsHash: { ...hash, required: true },
		productHash: { ...hash, required: true },
		buyerKeyHash: { ...hash, required: true },
		salt: { ...hash, required: true },
		status: { type: String, required: true },
		deadline: { type: Date, required: true },
		confirmed: { type: Boolean, required: true },
		deliveryHash: { ...hash, default: null },
		dispute: { type: dispute, default: null },
		ruling: { type: String, default: null },
		payouts: { type: [payout], required: true },
		createdAt: { type: Date, required: true },
		createdBlock: { type: Number, required: true },
		endedAt: { type: Date, default: null },
		head: { type: head, required: true },
		final: { type: Boolean, required: true },
		finalized: { type: Boolean, required: true },
		timeline: { type: [timelineEntry], required: true },
		product: { type: String, default: null },
		quantity: { type: Number, default: null },
		termsMatch: { type: Boolean, default: null },
		termsDiffer: { type: [String], required: true },
		arbitrators: { type: [String], required: true }
	},
	{ projected: true }
);
// Lists in their order; what they leave out by its state or its chain is passed over without being read.
schema.index({ buyer: 1, createdAt: -1, _id: -1, status: 1, chainId: 1 });
schema.index({ seller: 1, createdAt: -1, _id: -1, status: 1, chainId: 1 });
// What has not ended, and what has by its end.
schema.index({ buyer: 1, endedAt: -1, _id: -1 });
schema.index({ seller: 1, endedAt: -1, _id: -1 });
schema.index({ product: 1, status: 1 });
schema.index({ termsHash: 1 });
schema.index({ chainId: 1, status: 1, deadline: 1 });

export function orderModel(connection: Connection): Model<OrderDocument> {
	return connection.model<OrderDocument>('Order', schema);
}
