import { createCipheriv, createHash } from 'node:crypto';

/** So many bytes that a seed makes, in pieces: a ChaCha20 key stream (RFC 7539), key = SHA-256 of the seed, nonce zero. */
export function* seededBytes(seed: string, size: number, piece = 65_536): Generator<Uint8Array> {
	const stream = createCipheriv('chacha20', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
	const zeros = Buffer.alloc(piece);
	for (let left = size; left > 0; left -= piece) yield stream.update(zeros.subarray(0, Math.min(piece, left)));
}

/** The same, all at once. */
export function seededBuffer(seed: string, size: number): Buffer {
	return Buffer.concat([...seededBytes(seed, size)]);
}
