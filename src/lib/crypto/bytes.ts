// Bytes and their spellings.
import type { Hex } from '#lib/domain/order.ts';
import { Malformed } from '#lib/crypto/errors.ts';

/** Bytes of their own buffer, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function concat(...parts: readonly Uint8Array[]): Bytes {
	const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** Whether two byte strings are the same; takes as long for any two of one length. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	let difference = a.length ^ b.length;
	for (let i = 0; i < a.length && i < b.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
	return difference === 0;
}

export function isZero(bytes: Uint8Array): boolean {
	return bytes.every((byte) => byte === 0);
}

export function fromText(text: string): Bytes {
	return encoder.encode(text);
}

/** @throws {Malformed} where the bytes are not UTF-8 */
export function toText(bytes: Uint8Array, what: string): string {
	try {
		return decoder.decode(bytes);
	} catch (cause) {
		throw new Malformed({ what, reason: 'utf-8' }, { cause });
	}
}

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): Hex {
	let text = '';
	for (const byte of bytes) text += digits[byte];
	return `0x${text}`;
}

/**
 * Reads `0x` and lower-case digits, of exactly `length` bytes where that is given.
 * @throws {Malformed}
 */
export function fromHex(hex: string, what: string, length?: number): Bytes {
	if (!/^0x(?:[0-9a-f]{2})*$/.test(hex)) throw new Malformed({ what, reason: 'hex' });
	const bytes = new Uint8Array((hex.length - 2) / 2);
	if (length !== undefined && bytes.length !== length) throw new Malformed({ what, reason: 'length' });
	for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16);
	return bytes;
}

/** Base64 for addresses (RFC 4648, section 5), without padding. */
export function toBase64(bytes: Uint8Array): string {
	let binary = '';
	for (let at = 0; at < bytes.length; at += 0x8000)
		binary += String.fromCharCode(...bytes.subarray(at, Math.min(at + 0x8000, bytes.length)));
	return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * Reads what {@link toBase64} writes; each byte string has one spelling only.
 * @throws {Malformed}
 */
export function fromBase64(text: string, what: string): Bytes {
	if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new Malformed({ what, reason: 'base64' });
	const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
	// Of a last digit only some bits count: set, the others would spell the same bytes in another way.
	const last = text.at(-1);
	if (text.length % 4 !== 0 && last !== undefined && toBase64(bytes).at(-1) !== last)
		throw new Malformed({ what, reason: 'base64' });
	return bytes;
}
