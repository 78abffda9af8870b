/**
 * Rounds of a drand beacon of the scheme `bls-unchained-g1-rfc9380` (quicknet, or the development chain's own): signing,
 * checking, and the encodings that the chain's verifier takes.
 *
 * A signature is a point of G1 of BLS12-381, a key a point of G2. Words are the encoding of EIP-2537: a coordinate is
 * two 32-byte words, 16 bytes of zero and 48 bytes big-endian; a G1 point has 4 words (x, y), a G2 point 8
 * (x.c0, x.c1, y.c0, y.c1).
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, hexToBytes, sha256 } from 'viem';

const { shortSignatures, G1, G2 } = bls12_381;

/** The domain separation tag of RFC 9380 that drand hashes its messages with. */
const dst = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

type Words4 = readonly [bigint, bigint, bigint, bigint];
type Words8 = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** A point of G1 as the chain's verifier takes it. */
export type SignatureWords = Words4;

/** The bytes that a relay or a key file gave are no point of the curve's subgroup. */
export class InvalidPoint extends Error {
	readonly code = 'invalid_point';
	constructor(what: 'signature' | 'public key', options?: ErrorOptions) {
		super(`the ${what} is not a point of BLS12-381 in its compressed form`, options);
		this.name = 'InvalidPoint';
	}
}

export type BeaconKey = {
	/** 96 bytes compressed, hex without a prefix: how drand publishes a key. */
	publicKey: string;
	publicKeyWords: Words8;
	/** A round and its signature that the constructor of `DrandBeacon` checks before it accepts the key. */
	knownAnswer: { round: bigint; signature: SignatureWords };
};

/** Splits a coordinate into its two words. */
function words(coordinate: bigint): [bigint, bigint] {
	return [coordinate >> 256n, coordinate & ((1n << 256n) - 1n)];
}

function fromHex(hex: string): Uint8Array {
	if (!/^([0-9a-f]{2})+$/i.test(hex)) throw new TypeError('expected bytes as hexadecimal digits without a prefix');
	return hexToBytes(`0x${hex}`);
}

function toHex(bytes: Uint8Array): string {
	return bytesToHex(bytes).slice(2);
}

/** The message of a round: SHA-256 of the round as 8 bytes big-endian, hashed to G1. */
function messagePoint(round: bigint) {
	if (round < 1n || round >= 1n << 64n) throw new RangeError(`round ${round} is not within 1 and 2^64 - 1`);
	const bytes = new Uint8Array(8);
	new DataView(bytes.buffer).setBigUint64(0, round);
	return shortSignatures.hash(sha256(bytes, 'bytes'), dst);
}

function signaturePoint(signature: string) {
	try {
		const point = shortSignatures.Signature.fromBytes(fromHex(signature));
		point.assertValidity();
		if (point.is0()) throw new RangeError('the point at infinity signs nothing');
		return point;
	} catch (cause) {
		throw new InvalidPoint('signature', { cause });
	}
}

function keyPoint(publicKey: string) {
	try {
		const point = G2.Point.fromBytes(fromHex(publicKey));
		point.assertValidity();
		if (point.is0()) throw new RangeError('the point at infinity is nobody’s key');
		return point;
	} catch (cause) {
		throw new InvalidPoint('public key', { cause });
	}
}

/** The words of a public key as drand publishes it (96 bytes compressed, hex without a prefix). Throws `InvalidPoint`. */
export function publicKeyWords(publicKey: string): Words8 {
	const { x, y } = keyPoint(publicKey).toAffine();
	return [...words(x.c0), ...words(x.c1), ...words(y.c0), ...words(y.c1)];
}

/** The key of a private beacon. `secret`: 32 bytes, a scalar between 1 and the group's order. */
export function beaconKey(secret: Uint8Array): BeaconKey {
	const publicKey = toHex(shortSignatures.getPublicKey(secret).toBytes());
	return {
		publicKey,
		publicKeyWords: publicKeyWords(publicKey),
		knownAnswer: { round: 1n, signature: signRound(secret, 1n) }
	};
}

/** A new secret for `beaconKey`. `seed`: 48 bytes of randomness or more; without it the system's. */
export function newBeaconSecret(seed?: Uint8Array): Uint8Array {
	return bls12_381.utils.randomSecretKey(seed);
}

/** Signs a round with a private beacon's secret, as a relay would publish it: 48 bytes compressed, hex. */
export function signRoundCompressed(secret: Uint8Array, round: bigint): string {
	return toHex(shortSignatures.sign(messagePoint(round), secret).toBytes());
}

/** Signs a round with a private beacon's secret, as the chain's verifier takes it. */
export function signRound(secret: Uint8Array, round: bigint): SignatureWords {
	return signatureWords(signRoundCompressed(secret, round));
}

/**
 * The uncompressed words of a relay's signature (48 bytes compressed, hex without a prefix). Throws `InvalidPoint`, also
 * for a point outside of the subgroup.
 */
export function signatureWords(signature: string): SignatureWords {
	const { x, y } = signaturePoint(signature).toAffine();
	return [...words(x), ...words(y)];
}

/** A coordinate of its two words. */
function coordinate(high: bigint, low: bigint): bigint {
	return (high << 256n) | low;
}

/**
 * What {@link signatureWords} was made of: 48 bytes compressed, hex. Throws `InvalidPoint`, also for a point outside of
 * the subgroup.
 */
export function compressedSignature([xHigh, xLow, yHigh, yLow]: SignatureWords): string {
	try {
		const point = G1.Point.fromAffine({ x: coordinate(xHigh, xLow), y: coordinate(yHigh, yLow) });
		point.assertValidity();
		return toHex(point.toBytes());
	} catch (cause) {
		throw new InvalidPoint('signature', { cause });
	}
}

/** What {@link publicKeyWords} was made of: 96 bytes compressed, hex. Throws `InvalidPoint`. */
export function compressedKey(key: readonly bigint[]): string {
	const at = (index: number) => coordinate(key[index] ?? 0n, key[index + 1] ?? 0n);
	try {
		const point = G2.Point.fromAffine({ x: { c0: at(0), c1: at(2) }, y: { c0: at(4), c1: at(6) } });
		point.assertValidity();
		return toHex(point.toBytes());
	} catch (cause) {
		throw new InvalidPoint('public key', { cause });
	}
}

/**
 * Whether `signature` (hex, as a relay publishes it) is the one signature of `round` under `publicKey` (hex, as drand
 * publishes it). A malformed signature is false; a malformed key throws `InvalidPoint`.
 */
export function verifyRound(publicKey: string, round: bigint, signature: string): boolean {
	const key = keyPoint(publicKey);
	try {
		return shortSignatures.verify(signaturePoint(signature), messagePoint(round), key);
	} catch (error) {
		if (error instanceof InvalidPoint) return false;
		throw error;
	}
}

/** The round's random value as drand publishes it: SHA-256 of the compressed signature, hex without a prefix. */
export function randomnessOf(signature: string): string {
	return sha256(fromHex(signature)).slice(2);
}
