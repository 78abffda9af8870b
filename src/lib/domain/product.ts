// Listings: what a seller may write, which status may follow which, and the hash by which an order names the content.
import { keccak256, stringToHex, type Address, type Hex } from 'viem';
import { z } from 'zod';
import { DomainError } from './errors.ts';
import { goodsKinds, type GoodsCommitment, type GoodsKind } from './goods.ts';
import type { Offer } from './offer.ts';
import {
	address,
	amount,
	bytes32,
	chainId,
	documentId,
	fileCid,
	line,
	paragraphs,
	signature,
	windowHours
} from './schemas.ts';

export const productKinds = ['physical', 'digital', 'service'] as const;
export type ProductKind = (typeof productKinds)[number];

export const categories = [
	'home',
	'electronics',
	'fashion',
	'books',
	'music',
	'games',
	'collectibles',
	'sports',
	'design',
	'software',
	'courses',
	'work',
	'other'
] as const;
export type Category = (typeof categories)[number];

/** `hidden` is an operator's decision; every other status is the seller's. */
export const productStatuses = ['draft', 'listed', 'paused', 'archived', 'hidden'] as const;
export type ProductStatus = (typeof productStatuses)[number];

export type ProductAction = 'edit' | 'publish' | 'pause' | 'resume' | 'archive';

/** From which statuses a seller may do what. A listed product is paused before it is edited: its terms are signed. */
const allowedFrom: Record<ProductAction, readonly ProductStatus[]> = {
	edit: ['draft', 'paused'],
	publish: ['draft'],
	pause: ['listed'],
	resume: ['paused'],
	archive: ['draft', 'listed', 'paused']
};

/** Thrown when a product's status does not allow what was asked; `changed` where somebody was faster. */
export class WrongProductStatus extends DomainError {
	constructor(data: { id: string; status: ProductStatus | 'changed'; action: ProductAction }) {
		super('wrong-product-status', 'conflict', data);
	}
}

/** Thrown when a product cannot be bought: its status, `expired` offers, or the buyer is its seller (`own`). */
export class NotForSale extends DomainError {
	constructor(data: { id: string; reason: ProductStatus | 'expired' | 'own' }) {
		super('not-for-sale', 'conflict', data);
	}
}

/** Thrown when fewer units are left than were asked for. */
export class SoldOut extends DomainError {
	constructor(data: { id: string; available: number }) {
		super('sold-out', 'conflict', data);
	}
}

/** Thrown when a seller has as many unfinished drafts as there may be. */
export class TooManyDrafts extends DomainError {
	constructor(data: { limit: number }) {
		super('too-many-drafts', 'limited', data);
	}
}

/**
 * Thrown when an offer cannot stand for a price: it is missing, says something else than the listing in `field`, names a
 * token that the escrow does not take, is out of date, or is not signed by the seller.
 */
export class OfferRefused extends DomainError {
	constructor(data: { reason: OfferRefusal; field: string; price: string }) {
		super('offer-refused', 'invalid', data);
	}
}
export type OfferRefusal =
	| 'count'
	| 'missing'
	| 'differs'
	| 'token-not-listed'
	| 'amount-too-small'
	| 'amount-too-big'
	| 'expired'
	| 'too-long'
	| 'signature';

/** Whether a product in `status` may be acted upon so. */
export function canDo(action: ProductAction, status: ProductStatus): boolean {
	return allowedFrom[action].includes(status);
}

/** One price is one Offer: a token of a chain, and where something is posted, a region with what posting there costs. */
const price = z.strictObject({
	chainId,
	token: address,
	/** For one unit, in the token's base units. */
	unitPrice: amount,
	/** Added once to an order, in the token's base units. */
	shippingCost: amount.default('0'),
	/** 'Europe', 'DE', 'Worldwide': the seller's words. Empty where nothing is posted. */
	region: line(0, 60).default('')
});
export type Price = z.output<typeof price>;

/** The sides of a picture, in pixels; a browser draws none that is larger. */
const pixels = z.int().min(1).max(16_384);

/**
 * A picture: one that comes with the application, or a CID of the evidence store (CIDv1, base32) with its size and the same
 * picture in smaller ones, the smallest first.
 */
const image = z
	.strictObject({
		src: z.string().regex(/^(?:b[a-z2-7]{20,120}|\/pictures\.svg#[a-z-]{1,40})$/, 'image'),
		alt: line(0, 200).default(''),
		width: pixels.optional(),
		height: pixels.optional(),
		smaller: z
			.array(z.strictObject({ src: fileCid, width: pixels }))
			.max(4)
			.optional()
	})
	.refine(
		({ src, width, height, smaller }) =>
			!src.startsWith('/') || (width === undefined && height === undefined && smaller === undefined),
		'image'
	);
export type ProductImage = z.output<typeof image>;

/** The CIDs of pictures, in every size. */
export function cidsOf(images: readonly Pick<ProductImage, 'src' | 'smaller'>[]): string[] {
	return images.flatMap(({ src, smaller = [] }) =>
		src.startsWith('/') ? [] : [src, ...smaller.map((one) => one.src)]
	);
}

/** Of a listing whose words and pictures this node does not see: what it keeps in their place. */
const sealedTerms = z.strictObject({
	/** Ciphertext, base64url: see sealed-listing.ts. */
	text: z
		.string()
		.regex(/^[A-Za-z0-9_-]+$/, 'sealed')
		.max(160_000, 'too-long'),
	/** Of what is sealed, so that its seller's signature is over that: see sealed.ts. */
	hash: bytes32,
	/** CIDs of its encrypted pictures, in every size: what is to be kept. */
	files: z.array(fileCid).max(50)
});
export type SealedTerms = z.output<typeof sealedTerms>;

const fields = {
	title: line(0, 120),
	summary: line(0, 240),
	description: paragraphs(0, 20_000),
	category: z.enum(categories),
	kind: z.enum(productKinds),
	tags: z.array(line(1, 32)).max(12),
	images: z.array(image).max(10),
	prices: z.array(price).max(24),
	/** Units for sale in all, null for without limit (a download, a service). */
	stock: z.int().min(0).max(1_000_000).nullable(),
	confirmHours: windowHours,
	releaseHours: windowHours,
	visibility: z.enum(['public', 'unlisted', 'sealed'])
};

/** Unfinished drafts that one seller may have. */
export const maxDrafts = 200;

/** A draft is saved as typed, so any of it may still be missing. Without `id` a new draft is made. */
export const draftInput = z
	.strictObject({
		id: documentId.optional(),
		title: fields.title.default(''),
		summary: fields.summary.default(''),
		description: fields.description.default(''),
		category: fields.category.default('other'),
		kind: fields.kind.default('physical'),
		tags: fields.tags.default([]),
		images: fields.images.default([]),
		prices: fields.prices.default([]),
		stock: fields.stock.default(null),
		confirmHours: fields.confirmHours.default(24),
		releaseHours: fields.releaseHours.default(72),
		visibility: fields.visibility.default('public'),
		sealed: sealedTerms.nullable().default(null)
	})
	.superRefine(({ visibility, sealed, title, summary, description, tags, images }, check) => {
		const refuse = (field: string, message: string) => check.addIssue({ code: 'custom', path: [field], message });
		if (visibility !== 'sealed') {
			if (sealed !== null) refuse('sealed', 'not-sealed');
			return;
		}
		const inClear = { title, summary, description, tags, images };
		for (const [field, value] of Object.entries(inClear)) if (value.length > 0) refuse(field, 'in-clear');
	});
export type DraftInput = z.input<typeof draftInput>;

/** What a draft must be before it can be listed. */
const complete = {
	...fields,
	prices: fields.prices.min(1, 'no-price'),
	/** What is delivered, and of how many licence keys units can be sold in all; null: by hand, and not limited. */
	goods: z.object({ kind: z.enum(goodsKinds), units: z.int().nullable() }).nullable()
};
export const listing = z
	.object({ ...complete, title: line(3, 120), description: paragraphs(10, 20_000) })
	.superRefine(checkSale);
/** The same of a sealed one: of its words its seller's browser alone can say. */
export const sealedListing = z.object({ ...complete, sealed: sealedTerms }).superRefine(checkSale);

type Sale = { kind: ProductKind; prices: Price[]; stock: number | null; goods: Listing['goods'] };

function checkSale(value: Sale, check: z.RefinementCtx): void {
	const seen = new Set<string>();
	value.prices.forEach((price, index) => {
		const refuse = (field: keyof Price, message: string) =>
			check.addIssue({ code: 'custom', path: ['prices', index, field], message });
		if (price.unitPrice === '0') refuse('unitPrice', 'zero');
		if (value.kind === 'physical' && price.region === '') refuse('region', 'no-region');
		if (value.kind !== 'physical' && price.region !== '') refuse('region', 'nothing-is-posted');
		if (value.kind !== 'physical' && price.shippingCost !== '0') refuse('shippingCost', 'nothing-is-posted');
		const key = priceKey(price);
		if (seen.has(key)) refuse('token', 'twice');
		seen.add(key);
	});
	if (value.goods === null) return;
	if (value.kind !== 'digital') check.addIssue({ code: 'custom', path: ['kind'], message: 'has-goods' });
	const { units } = value.goods;
	if (units !== null && (value.stock === null || value.stock > units))
		check.addIssue({ code: 'custom', path: ['stock'], message: 'too-few-licences' });
}
export type Listing = z.output<z.ZodObject<typeof complete>>;

/** What limits a listing of goods: of licence keys, as many as were sold and are left. */
export function listedGoods(product: {
	goods: { kind: GoodsKind } | null;
	sold: number;
	licencesLeft: number | null;
}): Listing['goods'] {
	const { goods, sold, licencesLeft } = product;
	return goods && { kind: goods.kind, units: licencesLeft === null ? null : sold + licencesLeft };
}

/** A signed offer as it comes from a browser. */
const signedOffer = z.strictObject({
	offer: z.strictObject({
		chainId,
		escrow: address,
		seller: address,
		sellerKeyHash: bytes32,
		token: address,
		unitPrice: amount,
		shippingCost: amount,
		region: line(0, 60),
		productHash: bytes32,
		confirmHours: windowHours,
		releaseHours: windowHours,
		validUntil: z.int().positive(),
		listingId: documentId,
		nonce: z
			.string()
			.regex(/^(?:0|[1-9]\d{0,77})$/, { error: 'nonce', abort: true })
			.refine((value) => BigInt(value) < 2n ** 256n, 'too-big')
	}),
	signature
});

/** One signed offer for each price of the draft, in any order. */
export const publishInput = z.strictObject({ id: documentId, offers: z.array(signedOffer).min(1).max(24) });
export type PublishInput = z.input<typeof publishInput>;

/** What makes two prices of one listing the same: only one offer can stand for each. */
export function priceKey(price: { chainId: number; token: string; region: string }): string {
	return `${price.chainId}:${price.token}:${price.region.toLowerCase()}`;
}

/**
 * The hash by which offers and orders name a listing's content: keccak256 over the JSON array of a version, the salt and
 * every word and picture that a buyer relies on. Salted, so that a guess at an unlisted text cannot be confirmed. With
 * goods it is version 2, and their kind and root follow; without, it is version 1 as it always was. Of a sealed listing it is
 * version 3, of the kind, the hash of what is sealed, and the goods.
 * @param salt 32 bytes, made when the listing is
 */
export function hashProduct(content: ProductContent, salt: Hex): Hex {
	const { kind, title, summary, description, images, goods, sealed } = content;
	const goodsFields = goods && [goods.kind, goods.root];
	if (sealed) return keccak256(stringToHex(JSON.stringify([3, salt, kind, sealed.hash, goodsFields])));
	const words = [salt, kind, title, summary, description, images.map(imageFields)];
	const fields = goodsFields === null ? [1, ...words] : [2, ...words, goodsFields];
	return keccak256(stringToHex(JSON.stringify(fields)));
}

/** What the hash has of a picture: every size, so that no smaller one is a picture of something else. */
function imageFields({ src, alt, width, height, smaller = [] }: ProductImage): unknown[] {
	const sizes = smaller.map((one) => [one.src, one.width]);
	return width === undefined && sizes.length === 0 ? [src, alt] : [src, alt, width ?? 0, height ?? 0, sizes];
}

export type ProductContent = Pick<Listing, 'kind' | 'title' | 'summary' | 'description' | 'images'> & {
	goods: GoodsCommitment | null;
	/** Of a sealed listing; then there are no words in clear. */
	sealed?: Pick<SealedTerms, 'hash'> | null;
};

/** What the offer of one price must say, but for what the seller alone decides: key hash, validity and nonce. */
export type OfferBase = Omit<Offer, 'sellerKeyHash' | 'validUntil' | 'nonce'>;

/** The offer that stands for one price of a listing. */
export function offerFor(
	product: { id: string; seller: Address; productHash: Hex; confirmHours: number; releaseHours: number },
	price: Price,
	escrow: Address
): OfferBase {
	return {
		chainId: price.chainId,
		escrow,
		seller: product.seller,
		token: price.token,
		unitPrice: price.unitPrice,
		shippingCost: price.shippingCost,
		region: price.region,
		productHash: product.productHash,
		confirmHours: product.confirmHours,
		releaseHours: product.releaseHours,
		listingId: product.id
	};
}

/**
 * A title as part of a web address: lower-case letters and digits of any script, joined by `-`, at most 60 of them.
 * `listing` where nothing is left.
 */
export function slugOf(title: string): string {
	const words =
		title
			.normalize('NFKD')
			.replace(/\p{M}/gu, '')
			.toLowerCase()
			.match(/[\p{L}\p{N}]+/gu) ?? [];
	return words.join('-').slice(0, 60).replace(/-+$/, '') || 'listing';
}
