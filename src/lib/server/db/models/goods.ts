import { Schema, type Connection, type Model } from 'mongoose';
import type { GoodsKind } from '#lib/domain/goods.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** What a seller delivers of a product, as ciphertext. What stands under a root never changes, but for `given`. */
export type GoodsDocument = Revised &
	Timestamps & {
		/** `product:root`. */
		_id: string;
		product: string;
		seller: Wallet;
		kind: GoodsKind;
		/** What the listing commits to. */
		root: Hex;
		/** Files, or licence keys. */
		count: number;
		/** Of the plaintext files, in bytes; 0 of licence keys. */
		size: number;
		/** Base64url; opens with the seller's vault alone. */
		sealed: string;
		/** The ciphertexts that must be kept. */
		files: { cid: string; size: number }[];
		/** Licence keys that orders have: the first so many. */
		given: number;
	};

const number = { type: Number, required: true } as const;

/** `goods`: written by the goods service alone. */
const schema = defineSchema<GoodsDocument>('goods', {
	_id: { type: String, required: true },
	product: { type: String, required: true },
	seller: { ...address, required: true },
	kind: { type: String, enum: ['files', 'licences'], required: true },
	root: { ...hash, required: true },
	count: number,
	size: number,
	sealed: { type: String, required: true },
	files: [new Schema({ cid: { type: String, required: true }, size: number }, { _id: false, strict: 'throw' })],
	given: { type: Number, default: 0 }
});
schema.index({ product: 1 });

/** The key of a product's goods that have this root. */
export function goodsId(product: string, root: Hex): string {
	return `${product}:${root}`;
}

export function goodsModel(connection: Connection): Model<GoodsDocument> {
	return connection.model<GoodsDocument>('Goods', schema);
}
