import { Schema, type Connection, type Model } from 'mongoose';
import type { ProductContent, SealedTerms } from '#lib/domain/product.ts';
import type { Offer } from '#lib/domain/offer.ts';
import type { Hex } from '#lib/domain/order.ts';
import { pictureSchema, sealedSchema } from '#lib/server/db/models/picture.ts';
import { address, amount, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Terms that a seller signed. They outlive the listing: an order made under them stays readable. */
export type OfferDocument = Revised &
	Timestamps & {
		/** The offer's EIP-712 digest: the `termsHash` of its orders. */
		_id: Hex;
		offer: Offer;
		signature: Hex;
		/** The product's id. */
		product: string;
		/** What `offer.productHash` commits to, so that an order's goods stay readable too. */
		content: Omit<ProductContent, 'sealed'> & { sealed?: SealedTerms | null };
		/** The salt of `offer.productHash`. */
		salt: Hex;
	};

const nested = { _id: false, strict: 'throw' } as const;
const text = { type: String, default: '' } as const;
const number = { type: Number, required: true } as const;

/** `offers`: inserted by the products service, never changed. */
const schema = defineSchema<OfferDocument>('offers', {
	_id: { ...hash, required: true },
	offer: {
		type: new Schema(
			{
				chainId: number,
				escrow: { ...address, required: true },
				seller: { ...address, required: true },
				sellerKeyHash: { ...hash, required: true },
				token: { ...address, required: true },
				unitPrice: { ...amount, required: true },
				shippingCost: { ...amount, required: true },
				region: text,
				productHash: { ...hash, required: true },
				confirmHours: number,
				releaseHours: number,
				validUntil: number,
				listingId: { type: String, required: true },
				nonce: { ...amount, required: true }
			},
			nested
		),
		required: true
	},
	signature: { type: String, required: true },
	product: { type: String, required: true },
	content: {
		type: new Schema(
			{
				kind: { type: String, required: true },
				title: text,
				summary: text,
				description: text,
				images: [pictureSchema],
				sealed: { type: sealedSchema, default: undefined },
				goods: {
					type: new Schema({ kind: { type: String, required: true }, root: { ...hash, required: true } }, nested),
					default: null
				}
			},
			nested
		),
		required: true
	},
	salt: { ...hash, required: true }
});
schema.index({ product: 1, createdAt: -1 });

export function offerModel(connection: Connection): Model<OfferDocument> {
	return connection.model<OfferDocument>('Offer', schema);
}
