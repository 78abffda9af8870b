// Files that the evidence store keeps: what they are for, and who may send and read them. To the server they are opaque.
import { DomainError } from './errors.ts';
import { isLive, mayReadOrder, type OrderStatus, type Wallet } from './order.ts';

/**
 * `evidence` belongs to an order; `message` to an order, or to the talk of a product and a buyer before one exists; `goods`
 * (what a seller delivers later) and `picture` (which anyone may see) to a product.
 */
export const filePurposes = ['evidence', 'message', 'goods', 'picture'] as const;
export type FilePurpose = (typeof filePurposes)[number];

/**
 * `receiving`: bytes are coming in. `queued`: all are here, and go to the store when it answers. `stored`: it has them.
 * `removing`: nothing refers to it any more.
 */
export type FileState = 'receiving' | 'queued' | 'stored' | 'removing';

/** Uploads that one wallet may have open at once. */
export const openUploadsLimit = 64;

/** Files that one message, delivery or piece of evidence may have. */
export const filesLimit = 100;

/** Names of pictures, those that cameras write among them: not every system knows their types. */
const pictureName =
	/\.(?:3fr|arw|avif|bmp|cr[23w]|dng|erf|gif|hei[cf]|hif|jfif|jpe?g|jxl|nef|nrw|orf|pef|png|psd|raf|raw|rw2|rwl|sr[2fw]|svg|tiff?|webp)$/i;

/** Whether a file is a picture, as far as its name and the type that its system gave it can say. */
export function isPicture({ name, type = '' }: { name: string; type?: string }): boolean {
	return type.startsWith('image/') || pictureName.test(name);
}

/** Thrown when a file has nothing in it. */
export class EmptyFile extends DomainError {
	constructor(data: { name: string }) {
		super('empty-file', 'invalid', data);
	}
}

/** Thrown when there are more files than can go together. */
export class TooManyFiles extends DomainError {
	constructor(data: { limit: number }) {
		super('too-many-files', 'limited', data);
	}
}

/** Thrown when a file is larger than any may be, in bytes. */
export class FileTooLarge extends DomainError {
	constructor(data: { size: number; limit: number }) {
		super('file-too-large', 'invalid', data);
	}
}

/** Thrown when a wallet has no room for a file, in all or in an order, in bytes. */
export class QuotaExceeded extends DomainError {
	constructor(data: { of: 'order' | 'wallet'; size: number; limit: number; left: number }) {
		super('quota-exceeded', 'conflict', data);
	}
}

/** Thrown when a wallet has too many uploads that it did not finish. */
export class TooManyUploads extends DomainError {
	constructor(data: { limit: number }) {
		super('too-many-uploads', 'limited', data);
	}
}

/** What one wallet may have of an order's room, in bytes: each party half, so that neither takes the other's. */
export function shareOf(orderBytes: number): number {
	return Math.floor(orderBytes / 2);
}

/** What may be sent: most bytes of one file, and what a wallet has of what it may, in all and in an order. Of ciphertext. */
export type FileAllowance = {
	fileLimit: number;
	wallet: { used: number; limit: number };
	order: { used: number; limit: number } | null;
};

/**
 * Refuses files that there is no room for, all of them together.
 * @param sizes of their ciphertexts, in bytes
 * @throws {FileTooLarge} {QuotaExceeded}
 */
export function requireRoom({ fileLimit, wallet, order }: FileAllowance, sizes: readonly number[]): void {
	for (const size of sizes) if (size > fileLimit) throw new FileTooLarge({ size, limit: fileLimit });
	const size = sizes.reduce((sum, one) => sum + one, 0);
	for (const [of, quota] of [['wallet', wallet] as const, ['order', order] as const]) {
		if (quota === null) continue;
		const left = Math.max(0, quota.limit - quota.used);
		if (size > left) throw new QuotaExceeded({ of, size, limit: quota.limit, left });
	}
}

/** Thrown when who asks may not send a file for this. */
export class MayNotSend extends DomainError {
	constructor(data: { purpose: FilePurpose; reason: 'not-a-party' | 'not-the-seller' | 'ended' }) {
		super('may-not-send', 'forbidden', data);
	}
}

/** Thrown when the upload is not one that takes bytes any more. */
export class NotReceiving extends DomainError {
	constructor(data: { id: string; state: FileState }) {
		super('not-receiving', 'conflict', data);
	}
}

/** Thrown when an upload was begun at another node, which holds what has arrived. */
export class UploadElsewhere extends DomainError {
	constructor(data: { id: string }) {
		super('upload-elsewhere', 'conflict', data);
	}
}

/** Thrown when a part of a file is asked for that lies outside of it. */
export class RangeNotSatisfiable extends DomainError {
	constructor(data: { size: number }) {
		super('range-not-satisfiable', 'invalid', data);
	}
}

type OrderFacts = { buyer: Wallet; seller: Wallet; status: OrderStatus; arbitrators: readonly Wallet[] };

/** Why the wallet may not send a file of this purpose for the order; null where it may. */
export function refusalForOrder(
	purpose: 'evidence' | 'message',
	order: OrderFacts,
	wallet: Wallet
): 'not-a-party' | 'ended' | null {
	if (!mayReadOrder(order, wallet)) return 'not-a-party';
	// Parties go on talking when an order has ended; nothing is decided any more.
	return purpose !== 'message' && !isLive(order) ? 'ended' : null;
}

/** The part of a file that a `Range` header asks for; null for all of it. */
export type WantedRange = { offset: number; length: number } | null;

/**
 * Reads a `Range` header (RFC 9110, one range of bytes). Several ranges, and other units, count as none: the whole file is
 * an answer that is allowed.
 * @throws {RangeNotSatisfiable} where it lies outside of the file
 */
export function readRange(header: string | null, size: number): WantedRange {
	const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
	if (first === '' && last === '') return null;
	if (first === '') {
		const length = Math.min(Number(last), size);
		if (length === 0) throw new RangeNotSatisfiable({ size });
		return { offset: size - length, length };
	}
	const offset = Number(first);
	if (last !== '' && Number(last) < offset) return null;
	if (offset >= size) throw new RangeNotSatisfiable({ size });
	const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
	return { offset, length: end - offset + 1 };
}
