import { Schema } from 'mongoose';
import type { ProductImage, SealedTerms } from '#lib/domain/product.ts';

const nested = { _id: false, strict: 'throw' } as const;
const required = { type: String, required: true } as const;

/** A picture inside of a listing, and of what was signed of one. What a picture does not have is not there. */
export const pictureSchema = new Schema<ProductImage>(
	{
		src: required,
		alt: { type: String, default: '' },
		width: Number,
		height: Number,
		smaller: {
			type: [new Schema({ src: required, width: { type: Number, required: true } }, nested)],
			default: undefined
		}
	},
	nested
);

/** What there is of a sealed listing, in the place of its words and pictures. */
export const sealedSchema = new Schema<SealedTerms>({ text: required, hash: required, files: [String] }, nested);
