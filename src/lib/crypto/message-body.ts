// What a message says. Written as JSON, read strictly: an unknown kind or field is refused and shown as such.
import { z } from 'zod';
import { MessageTooLong } from '#lib/domain/conversation.ts';
import { longestLicence } from '#lib/domain/goods.ts';
import { amount, bytes32, signature } from '#lib/domain/schemas.ts';
import { fromText } from '#lib/crypto/bytes.ts';
import { Malformed } from '#lib/crypto/errors.ts';
import { fileManifest, type FileManifest } from '#lib/crypto/manifest.ts';

const text = z.string().max(20_000);
const base64 = z.string().regex(/^[A-Za-z0-9_-]*$/, 'base64');

const body = z.discriminatedUnion('kind', [
	/** Words, perhaps in answer to another message, named by its hash. */
	z.strictObject({ kind: z.literal('text'), text: text.min(1), replyTo: bytes32.nullable() }),
	/** Files, with words beside them. */
	z.strictObject({ kind: z.literal('files'), text, files: fileManifest }),
	/** The key of a delivery whose hash stands on chain, its encrypted manifest and the salt of the product's hash. */
	z.strictObject({ kind: z.literal('delivery'), sealed: base64, key: base64, salt: bytes32 }),
	/** A licence key, with the proof that it is one of those that the listing committed to. */
	z.strictObject({
		kind: z.literal('licence'),
		licence: z.string().min(1).max(longestLicence),
		salt: bytes32,
		index: z.int().min(0),
		count: z.int().min(1),
		proof: z.array(bytes32).max(32)
	}),
	/** Where to send a parcel: lines as they stand on it. */
	z.strictObject({ kind: z.literal('address'), lines: z.array(z.string().max(200)).min(1).max(12) }),
	z.strictObject({
		kind: z.literal('tracking'),
		carrier: z.string().max(100),
		number: z.string().min(1).max(100),
		url: z.url({ protocol: /^https$/ }).nullable()
	}),
	/** An offer to split the order, signed for the escrow: the other side may carry it out (domain/settlement.ts). */
	z.strictObject({
		kind: z.literal('settlement'),
		status: z.enum(['Created', 'SellerConfirmed', 'Disputed']),
		caseStage: z.int().min(0).max(0xffff),
		buyerAmount: amount,
		sellerAmount: amount,
		nonce: z.string().regex(/^(?:0|[1-9]\d{0,77})$/, 'nonce'),
		deadline: z.int().positive(),
		signature
	}),
	/** Asks both ends to forget messages of this author, named by their hashes: addresses and tracking numbers. */
	z.strictObject({ kind: z.literal('erase'), hashes: z.array(bytes32).min(1).max(100) })
]);

export type MessageBody = z.output<typeof body>;

export function encodeBody(of: MessageBody): string {
	return JSON.stringify(of);
}

/** The most of a body, so that its message is one that is relayed: see `sealedBytes`. In bytes. */
const longestBody = 63 * 1024;

/**
 * The same body if it fits into a message, of files perhaps without some of their thumbnails: the largest go first.
 * @throws {MessageTooLong}
 */
export function fitBody(of: MessageBody): MessageBody {
	let fitted = of;
	for (;;) {
		const size = fromText(encodeBody(fitted)).length;
		if (size <= longestBody) return fitted;
		const files = fitted.kind === 'files' ? fitted.files : [];
		const largest = files.reduce((most, { thumbnail }) => Math.max(most, thumbnail?.length ?? 0), 0);
		if (fitted.kind !== 'files' || largest === 0) throw new MessageTooLong({ size, limit: longestBody });
		const at = files.findLastIndex(({ thumbnail }) => thumbnail?.length === largest);
		fitted = { ...fitted, files: files.map((file, index) => (index === at ? { ...file, thumbnail: null } : file)) };
	}
}

/** @throws {Malformed} */
export function decodeBody(json: string): MessageBody {
	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch (cause) {
		throw new Malformed({ what: 'message', reason: 'json' }, { cause });
	}
	const parsed = body.safeParse(value);
	if (!parsed.success) throw new Malformed({ what: 'message', reason: 'body' }, { cause: parsed.error });
	return parsed.data;
}

/** The stored files that a message needs, in order: what the server is told so that it keeps them. */
export function filesOf(of: MessageBody): { cid: string; size: number }[] {
	const manifest: FileManifest = of.kind === 'files' ? of.files : [];
	return manifest.map(({ cid, sealedSize }) => ({ cid, size: sealedSize }));
}
