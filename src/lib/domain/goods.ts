// Digital goods as the node knows them: how many and how large, what a listing commits to, and ciphertext.
import { z } from 'zod';
import { DomainError } from './errors.ts';
import { filesLimit } from './file.ts';
import type { Hex, OrderStatus } from './order.ts';
import { bytes32, documentId, fileCid, orderDocumentId } from './schemas.ts';

export const goodsKinds = ['files', 'licences'] as const;
export type GoodsKind = (typeof goodsKinds)[number];

/** What a listing commits to: for files the salted hash of their manifest, for licence keys the root of their list. */
export type GoodsCommitment = { kind: GoodsKind; root: Hex };

/** A product's goods: how many files or licence keys, and the size of the files in bytes; 0 of keys. */
export type ProductGoods = GoodsCommitment & { count: number; size: number };

/** In which an order's goods are owed once they were confirmed: its seller has the money, or may yet get it. */
export const owing: readonly OrderStatus[] = ['SellerConfirmed', 'Disputed', 'Completed', 'ResolvedSeller'];

/** Licence keys that one list may have. */
export const licencesLimit = 10_000;
/** Most characters of a licence key. */
export const longestLicence = 4096;
/** Most characters of base64url that goods may have once they are sealed. */
export const sealedGoodsLimit = 1_048_576;

const sealed = z
	.string()
	.regex(/^[A-Za-z0-9_-]+$/, 'base64url')
	.max(sealedGoodsLimit, 'too-long');

/** Goods as a seller's browser sealed them. */
export const goodsInput = z.discriminatedUnion('kind', [
	z.strictObject({
		product: documentId,
		kind: z.literal('files'),
		root: bytes32,
		/** Of the plaintexts, in bytes. */
		size: z.int().min(0),
		sealed,
		/** What must be kept, in clear: the ciphertexts. */
		files: z
			.array(z.strictObject({ cid: fileCid, size: z.int().min(1) }))
			.min(1)
			.max(filesLimit)
			.refine((files) => new Set(files.map(({ cid }) => cid)).size === files.length, 'twice')
	}),
	z.strictObject({
		product: documentId,
		kind: z.literal('licences'),
		root: bytes32,
		count: z.int().min(1).max(licencesLimit),
		sealed
	})
]);
export type GoodsInput = z.input<typeof goodsInput>;

/** Goods as their seller gets them back. */
export type GoodsView = ProductGoods & {
	product: string;
	sealed: string;
	files: { cid: string; size: number }[];
	/** Licence keys that orders have: the first so many of the list. */
	given: number;
	/** A signed offer names them: there may be orders for them for as long as it stands. */
	offered: boolean;
};

/** Goods of a product, by what a listing committed to; without `root` those that the product has now. */
export const goodsQuery = z.strictObject({ product: documentId, root: bytes32.optional() });
export type GoodsQuery = z.input<typeof goodsQuery>;

/** The lists of a product's licence keys that were for sale, by their roots: orders for them may still get any of their keys. */
export type OfferedLists = { roots: Hex[] };

export const takeLicencesInput = z.strictObject({ order: orderDocumentId });
export type TakeLicencesInput = z.input<typeof takeLicencesInput>;

/** The keys of a list that an order has: `count` of them from place `from` on. */
export type TakenLicences = { from: number; count: number };

/** Thrown when goods are added to a product that is not digital. */
export class NotDigital extends DomainError {
	constructor(data: { id: string }) {
		super('not-digital', 'conflict', data);
	}
}

/**
 * Thrown when goods are too large once they are sealed: licence keys for the node, what is said of files for the message
 * that delivers them.
 */
export class GoodsTooLarge extends DomainError {
	constructor(data: { kind: GoodsKind }) {
		super('goods-too-large', 'invalid', data);
	}
}

/** Thrown when goods are not those that their root commits to. */
export class GoodsDiffer extends DomainError {
	constructor(data: { product: string }) {
		super('goods-differ', 'invalid', data);
	}
}

/** Thrown when an order has no licence keys to get: its terms name other goods or differ from its offer, or it ended. */
export class NoLicences extends DomainError {
	constructor(data: { order: string; reason: 'other-goods' | 'terms-differ' | 'ended' }) {
		super('no-licences', 'conflict', data);
	}
}

/** Thrown when a list has fewer keys left than an order is for. */
export class LicencesUsedUp extends DomainError {
	constructor(data: { order: string; left: number }) {
		super('licences-used-up', 'conflict', data);
	}
}
