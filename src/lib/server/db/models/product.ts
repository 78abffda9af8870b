import { Schema, type Connection, type Model } from 'mongoose';
import type { ProductGoods } from '#lib/domain/goods.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type {
	Category,
	Listing,
	Price,
	ProductImage,
	ProductKind,
	ProductStatus,
	SealedTerms
} from '#lib/domain/product.ts';
import type { Hidden } from '#lib/domain/report.ts';
import { hidden } from '#lib/server/db/hidden.ts';
import { pictureSchema, sealedSchema } from '#lib/server/db/models/picture.ts';
import { address, amount, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A price with the offer that its seller signed for it; without one while the product is a draft. */
type StoredPrice = Price & { termsHash: Hex | null };

/** A listing, from its first draft on. */
export type ProductDocument = Revised &
	Timestamps & {
		_id: string;
		seller: Wallet;
		/** Part of the web address, unique to the seller; the id until the product is listed first. */
		slug: string;
		status: ProductStatus;
		visibility: Listing['visibility'];
		/** What there is of a sealed listing's words and pictures; null of any other. */
		sealed: SealedTerms | null;
		title: string;
		summary: string;
		description: string;
		category: Category;
		kind: ProductKind;
		tags: string[];
		images: ProductImage[];
		prices: StoredPrice[];
		/** Units for sale in all, those sold included; null: without limit. */
		stock: number | null;
		confirmHours: number;
		releaseHours: number;
		/** What is delivered, sealed in `goods`; null where it is done by hand. */
		goods: ProductGoods | null;
		productHash: Hex;
		/** Goes into `productHash`. */
		salt: Hex;
		/** Last second of the offers; null while there are none. */
		validUntil: Date | null;
		/** When it was listed last; the market's order. */
		listedAt: Date | null;
		/** When a unit was last reserved: written with each reservation, so that two at once collide here. */
		reservedAt: Date | null;
		/** Why an operator hid it, and the status that it had; null while it is not hidden. */
		hidden: (Hidden & { before: { status: ProductStatus } }) | null;
	};

const nested = { _id: false, strict: 'throw' } as const;
const text = { type: String, default: '' } as const;
const number = { type: Number, required: true } as const;

/**
 * `products`: written by the products service; `reservedAt` by the reservations service; `goods`, and with them what makes
 * a draft of a listing, by the goods service; `hidden`, and the status with it, by moderation.
 */
const schema = defineSchema<ProductDocument>('products', {
	_id: { type: String, required: true },
	seller: { ...address, required: true },
	slug: { type: String, required: true },
	status: { type: String, required: true },
	visibility: { type: String, required: true },
	sealed: { type: sealedSchema, default: null },
	title: text,
	summary: text,
	description: text,
	category: { type: String, required: true },
	kind: { type: String, required: true },
	tags: [String],
	images: [pictureSchema],
	prices: [
		new Schema(
			{
				chainId: number,
				token: { ...address, required: true },
				unitPrice: { ...amount, required: true },
				shippingCost: { ...amount, required: true },
				region: text,
				termsHash: { ...hash, default: null }
			},
			nested
		)
	],
	stock: { type: Number, default: null },
	confirmHours: number,
	releaseHours: number,
	goods: {
		type: new Schema(
			{ kind: { type: String, required: true }, root: { ...hash, required: true }, count: number, size: number },
			nested
		),
		default: null
	},
	productHash: { ...hash, required: true },
	salt: { ...hash, required: true },
	validUntil: { type: Date, default: null },
	listedAt: { type: Date, default: null },
	reservedAt: { type: Date, default: null },
	hidden
});
schema.index({ seller: 1, slug: 1 }, { unique: true });
schema.index({ seller: 1, updatedAt: -1, _id: -1 });
// Its counts by status, and those whose offers run out next.
schema.index({ seller: 1, status: 1, validUntil: 1 });
// What the market's index is made of; it searches and sorts by itself (services/market-index.ts).
schema.index({ status: 1, visibility: 1, _id: 1 });

export function productModel(connection: Connection): Model<ProductDocument> {
	return connection.model<ProductDocument>('Product', schema);
}
