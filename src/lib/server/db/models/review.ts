import { Schema, type Connection, type Model } from 'mongoose';
import type { Hex, Party, Wallet } from '#lib/domain/order.ts';
import type { Hidden } from '#lib/domain/report.ts';
import { hidden } from '#lib/server/db/hidden.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** What a party of an ended order says of the other, as it was signed; it is never edited. */
export type ReviewDocument = Revised &
	Timestamps & {
		/** `order:author`: one an author an order. */
		_id: string;
		/** `chainId:orderId` */
		order: string;
		chainId: number;
		escrow: Wallet;
		orderId: Hex;
		author: Wallet;
		/** What the author was in the order. */
		role: Party;
		target: Wallet;
		/** What was bought; null where this node does not know. */
		product: string | null;
		rating: number;
		text: string;
		/** Unix seconds, by the author's clock. */
		signedAt: number;
		signature: Hex;
		/** The target's answer. */
		reply: { text: string; signedAt: number; signature: Hex } | null;
		/** The chain still says that the order ended: a review is shown and counted no longer than that. */
		ended: boolean;
		/** Why an operator hid it; null where none did. */
		hidden: (Hidden & { before: Record<string, never> }) | null;
	};

const nested = { _id: false, strict: 'throw' } as const;
const signature = { type: String, match: /^0x(?:[0-9a-f]{2})*$/, required: true } as const;
const signed = { text: { type: String, default: '' }, signedAt: { type: Number, required: true }, signature } as const;

/** `reviews`: written by the reviews service; `ended` by the projection too (`db/review-stats.ts`); `hidden` by moderation. */
const schema = defineSchema<ReviewDocument>('reviews', {
	_id: { type: String, required: true },
	order: { type: String, required: true },
	chainId: { type: Number, required: true },
	escrow: { ...address, required: true },
	orderId: { ...hash, required: true },
	author: { ...address, required: true },
	role: { type: String, enum: ['buyer', 'seller'], required: true },
	target: { ...address, required: true },
	product: { type: String, default: null },
	rating: { type: Number, required: true, min: 1, max: 5 },
	...signed,
	reply: { type: new Schema(signed, nested), default: null },
	ended: { type: Boolean, required: true },
	hidden
});
schema.index({ order: 1 });
schema.index({ target: 1, createdAt: -1, _id: -1 });
schema.index({ product: 1, createdAt: -1, _id: -1 });
schema.index({ author: 1 });
schema.index({ 'hidden.at': -1 }, { sparse: true });

export function reviewModel(connection: Connection): Model<ReviewDocument> {
	return connection.model<ReviewDocument>('Review', schema);
}
