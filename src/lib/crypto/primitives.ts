// The primitives, and nothing of our own: NaCl's box, secretbox and sign (tweetnacl), SHA-256 (FIPS 180-4), HKDF
// (RFC 5869) and the check of Ed25519 signatures (RFC 8032) from WebCrypto.
import nacl from 'tweetnacl';
import type { Hex } from '#lib/domain/order.ts';
import { concat, isZero, sameBytes, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { formatVersion } from '#lib/crypto/encoding.ts';
import { BadSignature, KeyRefused, Malformed, Unreadable } from '#lib/crypto/errors.ts';

/** Gives `length` bytes that nobody can foretell. Test vectors give known ones instead. */
export type Random = (length: number) => Bytes;

export const secureRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A key pair: `secret` is 32 bytes for X25519 and 64 (seed ‖ public key, as NaCl has it) for Ed25519. */
export type KeyPair = { public: Bytes; secret: Bytes };

const nonceLength = 24;

export async function sha256(bytes: Uint8Array): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Bytes));
}

/** HKDF with SHA-256, without salt: `key` must be uniformly random. `info` says what for: see `encode`. */
export async function deriveKey(key: Uint8Array, info: Uint8Array, length = 32): Promise<Bytes> {
	const material = await crypto.subtle.importKey('raw', key as Bytes, 'HKDF', false, ['deriveBits']);
	const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: info as Bytes };
	return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, length * 8));
}

/** The X25519 key pair whose secret is these 32 bytes. */
export function boxKeyPair(secret: Uint8Array): KeyPair {
	const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(secret);
	return { public: new Uint8Array(publicKey), secret: new Uint8Array(secretKey) };
}

/** The Ed25519 key pair whose seed is these 32 bytes. */
export function signKeyPair(seed: Uint8Array): KeyPair {
	const { publicKey, secretKey } = nacl.sign.keyPair.fromSeed(seed);
	return { public: new Uint8Array(publicKey), secret: new Uint8Array(secretKey) };
}

/** version ‖ nonce (24 bytes) ‖ XSalsa20-Poly1305 of `plaintext`: 41 bytes more than it. */
export function seal(plaintext: Uint8Array, key: Uint8Array, random: Random): Bytes {
	const nonce = random(nonceLength);
	return concat(new Uint8Array([formatVersion]), nonce, nacl.secretbox(plaintext, nonce, key));
}

/**
 * Opens what {@link seal} made.
 * @param what for the error: which thing was not read
 * @throws {Malformed} for another version or fewer bytes than any has
 * @throws {Unreadable} where `key` is another, or a byte was altered
 */
export function open(sealed: Uint8Array, key: Uint8Array, what: string): Bytes {
	const [nonce, ciphertext] = split(sealed, what);
	const plaintext = nacl.secretbox.open(ciphertext, nonce, key);
	if (plaintext === null) throw new Unreadable({ what });
	return new Uint8Array(plaintext);
}

/** As {@link seal}, from one X25519 key pair to another: both can open it, and nobody else. */
export function sealTo(plaintext: Uint8Array, to: Uint8Array, from: KeyPair, random: Random): Bytes {
	const nonce = random(nonceLength);
	return concat(new Uint8Array([formatVersion]), nonce, nacl.box(plaintext, nonce, to, from.secret));
}

/** Opens what {@link sealTo} made. @throws {Malformed} @throws {Unreadable} */
export function openFrom(sealed: Uint8Array, from: Uint8Array, to: KeyPair, what: string): Bytes {
	const [nonce, ciphertext] = split(sealed, what);
	const plaintext = nacl.box.open(ciphertext, nonce, from, to.secret);
	if (plaintext === null) throw new Unreadable({ what });
	return new Uint8Array(plaintext);
}

function split(sealed: Uint8Array, what: string): [nonce: Uint8Array, ciphertext: Uint8Array] {
	if (sealed.length < 1 + nonceLength + nacl.secretbox.overheadLength)
		throw new Malformed({ what, reason: 'truncated' });
	if (sealed[0] !== formatVersion) throw new Malformed({ what, reason: 'version' });
	return [sealed.subarray(1, 1 + nonceLength), sealed.subarray(1 + nonceLength)];
}

/** One chunk of a file: XSalsa20-Poly1305 under a nonce that the file's format chooses. */
export function sealChunk(plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): Bytes {
	return new Uint8Array(nacl.secretbox(plaintext, nonce, key));
}

/** The plaintext of a chunk, or null where it is not the one of this place. */
export function openChunk(ciphertext: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
	return nacl.secretbox.open(ciphertext, nonce, key);
}

/** X25519 (RFC 7748) of a secret and a public key: 32 bytes, to derive keys from. @throws {KeyRefused} for a weak key */
export function agree(secret: Uint8Array, publicKey: Uint8Array): Bytes {
	const shared = new Uint8Array(nacl.scalarMult(secret, publicKey));
	if (isZero(shared)) throw new KeyRefused({ wallet: '', reason: 'weak' });
	return shared;
}

/** The 64 bytes of an Ed25519 signature; the same for the same bytes and key. */
export function sign(bytes: Uint8Array, keys: KeyPair): Bytes {
	return new Uint8Array(nacl.sign.detached(bytes, keys.secret));
}

/**
 * Checks an Ed25519 signature. The one check for all: WebCrypto, whose implementations refuse non-canonical signatures
 * and check without cofactor; where it lacks Ed25519, @noble/curves held to the same. `publicKey` must have passed
 * {@link requireStrongKeys}, or implementations may disagree.
 * @param what for the error: which thing was signed
 * @throws {BadSignature}
 */
export async function requireSignature(
	signature: Uint8Array,
	bytes: Uint8Array,
	publicKey: Uint8Array,
	what: string,
	verify = verifier()
): Promise<void> {
	const fits = signature.length === 64 && (await (await verify)(signature, bytes, publicKey));
	if (!fits) throw new BadSignature({ what, by: toHex(publicKey) });
}

type Verify = (signature: Uint8Array, bytes: Uint8Array, publicKey: Uint8Array) => Promise<boolean>;

let chosen: Promise<Verify> | undefined;
function verifier(): Promise<Verify> {
	return (chosen ??= crypto.subtle
		.importKey('raw', signKeyPair(new Uint8Array(32)).public, 'Ed25519', false, ['verify'])
		.then(() => verifyByWebCrypto, nobleVerifier));
}

/** Imported keys by their hex: importing one costs more than a check, and a conversation has few authors. */
const imported = new Map<Hex, Promise<CryptoKey>>();

async function verifyByWebCrypto(signature: Uint8Array, bytes: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
	const name = toHex(publicKey);
	let key = imported.get(name);
	if (key === undefined) {
		if (imported.size >= 256) imported.clear();
		key = crypto.subtle.importKey('raw', publicKey as Bytes, 'Ed25519', false, ['verify']);
		imported.set(name, key);
	}
	try {
		return await crypto.subtle.verify('Ed25519', await key, signature as Bytes, bytes as Bytes);
	} catch {
		imported.delete(name);
		return false; // no point of the curve
	}
}

/** The check with @noble/curves, for browsers whose WebCrypto has no Ed25519. */
export async function nobleVerifier(): Promise<Verify> {
	const { ed25519 } = await import('@noble/curves/ed25519.js');
	return async (signature, bytes, publicKey) => {
		try {
			// Its check multiplies by the cofactor. With a key of prime order and an R of prime order too, that is the
			// check without.
			if (!ed25519.Point.fromBytes(signature.subarray(0, 32), false).isTorsionFree()) return false;
			return ed25519.verify(signature, bytes, publicKey, { zip215: false });
		} catch {
			return false; // no point of the curve
		}
	};
}

/**
 * Refuses keys that are nobody's own: an X25519 key of low order (everybody knows what it agrees on) or spelt in a second
 * way, an Ed25519 key outside the prime-order group (it accepts signatures of anybody).
 * @throws {KeyRefused} with the reason `weak`
 */
export async function requireStrongKeys(wallet: string, keys: { box: Uint8Array; sign: Uint8Array }): Promise<void> {
	const weak = new KeyRefused({ wallet, reason: 'weak' });
	if (keys.box.length !== 32 || keys.sign.length !== 32) throw weak;
	// Every scalar that X25519 uses is a multiple of the cofactor: a point of low order becomes zero whatever it is.
	const probe = new Uint8Array(32).fill(1);
	if (isZero(nacl.scalarMult(probe, keys.box))) throw weak;

	const { ed25519 } = await import('@noble/curves/ed25519.js');
	const coordinate = keys.box.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
	if (coordinate >= ed25519.Point.Fp.ORDER) throw weak;
	try {
		const point = ed25519.Point.fromBytes(keys.sign, false);
		if (point.isSmallOrder() || !point.isTorsionFree() || !sameBytes(point.toBytes(), keys.sign)) throw weak;
	} catch {
		throw weak;
	}
}
