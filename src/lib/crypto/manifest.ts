// The list of files in a message, a delivery or a piece of evidence: what they are, and the keys that open them.
import { z } from 'zod';
import { filesLimit } from '#lib/domain/file.ts';
import { bytes32 } from '#lib/domain/schemas.ts';
import { fromText, toBase64, fromBase64, toHex, toText, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';
import { Malformed } from '#lib/crypto/errors.ts';
import { commitmentOf, sealedSize, type FileKey, type FilePromise } from '#lib/crypto/file.ts';
import { open, seal, secureRandom, sha256, type Random } from '#lib/crypto/primitives.ts';
import type { Hex } from '#lib/domain/order.ts';

/** What no name has: parts of a path, control characters, and those that turn the direction of what follows. */
const unnameable = String.raw`/\\\p{Cc}\u202a-\u202e\u2066-\u2069`;
const longestName = 255;

const file = z.strictObject({
	/** A name without a path; shown as text. */
	name: z
		.string()
		.min(1)
		.max(longestName)
		.regex(new RegExp(`^[^${unnameable}]+$`, 'u'), 'name'),
	/** A media type, as its sender says; decides nothing but what is tried. */
	type: z.string().max(127),
	/** Of the plaintext, in bytes. */
	size: z.int().min(0),
	/** Of the plaintext: see `file.ts`. */
	digest: bytes32,
	/** 32 bytes, base64url. */
	key: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'key'),
	/** To the key and the ciphertext's header: see `file.ts`. */
	commitment: bytes32,
	/** Where the ciphertext is kept, and its length in bytes. */
	cid: z.string().min(1).max(128),
	sealedSize: z.int().min(1),
	/** A small picture, base64url, at most 32 KiB; null where there is none. */
	thumbnail: z
		.string()
		.regex(/^[A-Za-z0-9_-]*$/)
		.max(43_700)
		.nullable()
});

export const fileManifest = z.array(file).min(1).max(filesLimit);
export type FileManifest = z.output<typeof fileManifest>;
export type ManifestFile = FileManifest[number];

/** A file's name as a manifest may have it, with its ending: what else a system allows is replaced. */
export function nameFor(name: string): string {
	const plain = name.toWellFormed().replace(new RegExp(`[${unnameable}]`, 'gu'), '_') || '_';
	if (plain.length <= longestName) return plain;
	const ending = /\.[^.]{1,16}$/.exec(plain)?.[0] ?? '';
	return plain.slice(0, longestName - ending.length).replace(/[\ud800-\udbff]$/, '') + ending;
}

/** What is said of a file that is sold: the part of a manifest that does not depend on how it is stored. */
export type PlainFile = Pick<ManifestFile, 'name' | 'type' | 'size' | 'digest'>;

/**
 * The salted hash of a plaintext manifest: SHA-256 over the header, the salt, and name, type, size and digest of each
 * file in order. What a listing of digital goods commits to.
 * @param salt 32 bytes, so that a guess at the content cannot be confirmed
 */
export async function hashPlainManifest(files: readonly PlainFile[], salt: Uint8Array): Promise<Hex> {
	const fields = files.flatMap(({ name, type, size, digest }) => [name, type, size, digest]);
	return toHex(await sha256(encode('holdfast/goods', everywhere, salt, files.length, ...fields)));
}

/** A manifest as ciphertext: for a delivery or a piece of evidence, whose hash goes on chain. */
export function sealManifest(manifest: FileManifest, key: Uint8Array, random: Random = secureRandom): Bytes {
	return seal(fromText(JSON.stringify(manifest)), key, random);
}

/** @throws {Unreadable} @throws {Malformed} */
export function openManifest(sealed: Uint8Array, key: Uint8Array): FileManifest {
	return parseManifest(toText(open(sealed, key, 'manifest'), 'manifest'));
}

/** Reads a manifest's JSON. @throws {Malformed} */
export function parseManifest(json: string): FileManifest {
	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch (cause) {
		throw new Malformed({ what: 'manifest', reason: 'json' }, { cause });
	}
	const parsed = fileManifest.safeParse(value);
	if (!parsed.success) throw new Malformed({ what: 'manifest', reason: 'fields' }, { cause: parsed.error });
	return parsed.data;
}

/** The entry of a file that was sealed and stored. */
export async function describeFile(
	plain: PlainFile,
	fileKey: FileKey,
	stored: { cid: string; thumbnail: string | null }
): Promise<ManifestFile> {
	return {
		...plain,
		key: toBase64(fileKey.key),
		commitment: await commitmentOf(fileKey),
		cid: stored.cid,
		sealedSize: sealedSize(plain.size),
		thumbnail: stored.thumbnail
	};
}

/** What an entry promises, for `openFile`. @throws {Malformed} */
export function promiseOf({ size, digest, key, commitment }: ManifestFile): FilePromise {
	return { size, digest, commitment, key: readKey({ key }) };
}

/** @throws {Malformed} */
export function readKey(of: Pick<ManifestFile, 'key'>): Bytes {
	const key = fromBase64(of.key, 'key');
	if (key.length !== 32) throw new Malformed({ what: 'key', reason: 'length' });
	return key;
}
