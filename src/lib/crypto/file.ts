/**
 * Files as streams: constant memory, whatever their size.
 *
 * Ciphertext: version (1 byte) ‖ prefix (15 random bytes) ‖ chunks. A chunk is `secretbox` of 64 KiB, the last of fewer or
 * as many; its nonce is prefix ‖ 1 where it is the last, else 0 ‖ its number from 0 in 8 bytes, big-endian. So a chunk
 * opens at its own place alone, and a file that ends early has no last chunk (the STREAM construction of Hoang,
 * Reyhanitabar, Rogaway and Vizár, 2015). The plaintext is padded with zeros to a length of Padmé (Nikitin and others,
 * 2019), which tells at most 12 % about its size.
 *
 * The digest is over the plaintext in the same steps of 64 KiB: d(0) is SHA-256 of the header and the size, d(n + 1) is
 * SHA-256 of d(n) ‖ SHA-256(step n), the last step without padding; so it can be taken up again anywhere. The commitment
 * is SHA-256 of the header, the key and the prefix: a ciphertext alone might open under two keys.
 */
import type { Hex } from '#lib/domain/order.ts';
import { concat, fromHex, isZero, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere, formatVersion } from '#lib/crypto/encoding.ts';
import { FileChanged, FileRefused } from '#lib/crypto/errors.ts';
import { openChunk, sealChunk, secureRandom, sha256, type Random } from '#lib/crypto/primitives.ts';

/** The plaintext of a chunk, in bytes. */
export const chunkSize = 65_536;
const chunkOverhead = 16;
const prefixLength = 15;
const headerLength = 1 + prefixLength;

/** What a file is sealed under: 32 and 15 random bytes, made for this file and no other. */
export type FileKey = { key: Bytes; prefix: Bytes };

/** What a manifest says of a file, so that it can be opened. */
export type FilePromise = { size: number; digest: Hex; key: Bytes; commitment: Hex };

/** Where an upload is: `chunks` were sealed, `digest` is over their plaintext. Keep it with the key to go on later. */
export type SealingState = { size: number; chunks: number; digest: Hex };

export function createFileKey(random: Random = secureRandom): FileKey {
	return { key: random(32), prefix: random(prefixLength) };
}

/** A length of Padmé for a plaintext of `size` bytes: at most 12 % more, and one of few. */
export function paddedSize(size: number): number {
	if (size < 2) return size;
	// Digits instead of logarithms, which engines round in different ways.
	const exponent = size.toString(2).length - 1;
	const bits = exponent.toString(2).length;
	const step = 2 ** Math.max(0, exponent - bits);
	return Math.ceil(size / step) * step;
}

/** The length of the ciphertext of a plaintext of `size` bytes; known before any of it is read. */
export function sealedSize(size: number): number {
	return headerLength + paddedSize(size) + chunkOverhead * chunksOf(size);
}

/** Into how many chunks a plaintext of `size` bytes goes; an empty one has an empty chunk. */
export function chunksOf(size: number): number {
	return Math.max(1, Math.ceil(paddedSize(size) / chunkSize));
}

export async function commitmentOf({ key, prefix }: FileKey): Promise<Hex> {
	return toHex(await sha256(encode('holdfast/file-key', everywhere, key, prefix)));
}

function beginDigest(size: number): Promise<Bytes> {
	return sha256(encode('holdfast/file', everywhere, size));
}

async function goOn(digest: Bytes, step: Uint8Array): Promise<Bytes> {
	return sha256(concat(digest, await sha256(step)));
}

/** The digest of a plaintext that is all here. */
export async function digestOf(plain: Uint8Array): Promise<Hex> {
	let digest = await beginDigest(plain.length);
	for (let step = 0; step < chunksOf(plain.length); step++)
		digest = await goOn(digest, plain.subarray(step * chunkSize, (step + 1) * chunkSize));
	return toHex(digest);
}

function nonceOf(prefix: Uint8Array, chunk: number, isLast: boolean): Bytes {
	const nonce = new Uint8Array(24);
	nonce.set(prefix);
	nonce[prefixLength] = isLast ? 1 : 0;
	new DataView(nonce.buffer).setBigUint64(prefixLength + 1, BigInt(chunk));
	return nonce;
}

/** Takes plaintext in pieces of any size and gives ciphertext; `state` is what to keep between two of them. */
export type FileSealer = {
	/** @returns the ciphertext that is ready, perhaps none @throws {FileRefused} `size` */
	push(piece: Uint8Array): Promise<Bytes>;
	/** @returns the rest of the ciphertext, and the digest @throws {FileRefused} `size` */
	finish(): Promise<{ bytes: Bytes; digest: Hex }>;
	/** Of the ciphertext that was given out so far. */
	state(): SealingState;
};

/**
 * Seals a file from its beginning, or goes on after a state.
 * @param size of the plaintext, in bytes; exactly so many must be pushed (when going on, those after the state)
 */
export async function fileSealer(fileKey: FileKey, size: number, from?: SealingState): Promise<FileSealer> {
	const { key, prefix } = fileKey;
	const chunks = chunksOf(size);
	const padded = paddedSize(size);
	let next = from?.chunks ?? 0;
	let digest = from === undefined ? await beginDigest(size) : fromHex(from.digest, 'digest', 32);
	let taken = Math.min(size, next * chunkSize);
	let waiting = new Uint8Array(chunkSize);
	let filled = 0;
	let header: Bytes | null = next === 0 ? concat(new Uint8Array([formatVersion]), prefix) : null;

	const sealNext = async (plaintext: Uint8Array): Promise<Bytes> => {
		const step = plaintext.subarray(0, Math.max(0, Math.min(plaintext.length, size - next * chunkSize)));
		const sealed = sealChunk(plaintext, nonceOf(prefix, next, next === chunks - 1), key);
		digest = await goOn(digest, step);
		next++;
		return sealed;
	};
	const withHeader = (parts: Bytes[]): Bytes => {
		const all = header === null ? parts : [header, ...parts];
		header = null;
		return concat(...all);
	};

	return {
		async push(piece) {
			if (taken + piece.length > size) throw new FileRefused({ reason: 'size', chunk: next });
			taken += piece.length;
			const sealed: Bytes[] = [];
			for (let at = 0; at < piece.length;) {
				const length = Math.min(piece.length - at, chunkSize - filled);
				waiting.set(piece.subarray(at, at + length), filled);
				[at, filled] = [at + length, filled + length];
				// The last chunk waits for `finish`, which knows that nothing follows.
				if (filled === chunkSize && next < chunks - 1) {
					sealed.push(await sealNext(waiting));
					filled = 0;
				}
			}
			return sealed.length === 0 ? new Uint8Array() : withHeader(sealed);
		},
		async finish() {
			if (taken !== size) throw new FileRefused({ reason: 'size', chunk: next });
			const sealed: Bytes[] = [];
			// The padding may reach over several chunks of zeros.
			while (next < chunks) {
				const chunk = new Uint8Array(Math.min(chunkSize, padded - next * chunkSize));
				chunk.set(waiting.subarray(0, filled));
				filled = 0;
				sealed.push(await sealNext(chunk));
			}
			waiting = new Uint8Array();
			return { bytes: withHeader(sealed), digest: toHex(digest) };
		},
		state: () => ({ size, chunks: next, digest: toHex(digest) })
	};
}

/** How many bytes of ciphertext a state stands for: where the upload goes on. */
export function sealedSoFar({ size, chunks }: SealingState): number {
	if (chunks === 0) return 0;
	if (chunks >= chunksOf(size)) return sealedSize(size);
	return headerLength + chunks * (chunkSize + chunkOverhead);
}

/**
 * Checks that a file still begins with what was sealed before it goes on; else it is another, and sealing it under the
 * same key and nonces would give both away.
 * @param beginning the file's first `chunks × 64 KiB`, in pieces of any size
 * @throws {FileChanged}
 */
export async function requireSameBeginning(
	state: SealingState,
	size: number,
	beginning: AsyncIterable<Uint8Array>
): Promise<void> {
	if (size !== state.size) throw new FileChanged();
	const whole = Math.min(size, state.chunks * chunkSize);
	let digest = await beginDigest(size);
	let read = 0;
	for await (const step of inSteps(beginning)) {
		digest = await goOn(digest, step);
		read += step.length;
	}
	// Chunks of padding alone, behind the end of the plaintext.
	for (let chunk = Math.max(1, Math.ceil(size / chunkSize)); chunk < state.chunks; chunk++)
		digest = await goOn(digest, new Uint8Array());
	if (size === 0 && state.chunks > 0) digest = await goOn(digest, new Uint8Array());
	if (read !== whole || toHex(digest) !== state.digest) throw new FileChanged();
}

/** The same bytes in pieces of 64 KiB, the last of what is left. */
async function* inSteps(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
	let waiting = new Uint8Array(chunkSize);
	let filled = 0;
	for await (const piece of pieces) {
		for (let at = 0; at < piece.length;) {
			const length = Math.min(piece.length - at, chunkSize - filled);
			waiting.set(piece.subarray(at, at + length), filled);
			[at, filled] = [at + length, filled + length];
			if (filled === chunkSize) {
				yield waiting;
				[waiting, filled] = [new Uint8Array(chunkSize), 0];
			}
		}
	}
	if (filled > 0) yield waiting.subarray(0, filled);
}

/** Takes ciphertext in pieces of any size and gives plaintext. What it gave is the file's only once `finish` returned. */
export type FileOpener = {
	/** @returns the plaintext that is ready, perhaps none @throws {FileRefused} */
	push(piece: Uint8Array): Promise<Bytes>;
	/** Checks that all of it was there. @throws {FileRefused} `truncated`, `digest` */
	finish(): Promise<void>;
};

/** Opens a file from its beginning. */
export async function fileOpener(promise: FilePromise): Promise<FileOpener> {
	const { size, key } = promise;
	const chunks = chunksOf(size);
	const padded = paddedSize(size);
	let digest = await beginDigest(size);
	let prefix: Bytes | null = null;
	let next = 0;
	let waiting = new Uint8Array(chunkSize + chunkOverhead);
	let filled = 0;
	let broken = false;

	const refuse = (reason: ConstructorParameters<typeof FileRefused>[0]['reason']) => {
		broken = true; // what came before is not to be followed by anything
		return new FileRefused({ reason, chunk: next });
	};
	const wanted = () =>
		prefix === null ? headerLength : Math.min(chunkSize, padded - next * chunkSize) + chunkOverhead;
	const readHeader = async (header: Bytes): Promise<Bytes> => {
		if (header[0] !== formatVersion) throw refuse('version');
		const given = header.slice(1);
		if ((await commitmentOf({ key, prefix: given })) !== promise.commitment) throw refuse('commitment');
		return given;
	};
	const openNext = async (sealed: Bytes, from: Bytes): Promise<Bytes> => {
		const plaintext = openChunk(sealed, nonceOf(from, next, next === chunks - 1), key);
		if (plaintext === null) throw refuse('chunk');
		const length = Math.max(0, Math.min(plaintext.length, size - next * chunkSize));
		if (!isZero(plaintext.subarray(length))) throw refuse('padding');
		const step = plaintext.slice(0, length);
		digest = await goOn(digest, step);
		next++;
		return step;
	};

	return {
		async push(piece) {
			if (broken) throw refuse('chunk');
			const opened: Bytes[] = [];
			for (let at = 0; at < piece.length;) {
				if (next === chunks) throw refuse('too-long');
				const length = Math.min(piece.length - at, wanted() - filled);
				waiting.set(piece.subarray(at, at + length), filled);
				[at, filled] = [at + length, filled + length];
				if (filled < wanted()) continue;
				const whole = waiting.slice(0, filled);
				filled = 0;
				if (prefix === null) prefix = await readHeader(whole);
				else opened.push(await openNext(whole, prefix));
			}
			return concat(...opened);
		},
		async finish() {
			if (broken) throw refuse('chunk');
			if (next < chunks) throw refuse('truncated');
			waiting = new Uint8Array();
			if (toHex(digest) !== promise.digest) throw refuse('digest');
		}
	};
}

/** A file as ciphertext, piece by piece; its digest is what the generator returns. @throws {FileRefused} `size` */
export async function* sealFile(
	plaintext: AsyncIterable<Uint8Array>,
	fileKey: FileKey,
	size: number
): AsyncGenerator<Bytes, Hex> {
	const sealer = await fileSealer(fileKey, size);
	for await (const piece of plaintext) {
		const sealed = await sealer.push(piece);
		if (sealed.length > 0) yield sealed;
	}
	const { bytes, digest } = await sealer.finish();
	yield bytes;
	return digest;
}

/**
 * A file's plaintext, piece by piece. It is the promised file only once the generator ended without an error: write it to
 * a place that is given up otherwise.
 * @throws {FileRefused}
 */
export async function* openFile(ciphertext: AsyncIterable<Uint8Array>, promise: FilePromise): AsyncGenerator<Bytes> {
	const opener = await fileOpener(promise);
	for await (const piece of ciphertext) {
		const opened = await opener.push(piece);
		if (opened.length > 0) yield opened;
	}
	await opener.finish();
}
