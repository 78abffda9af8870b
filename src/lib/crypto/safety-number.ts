// What two people compare to know that nobody stands between them: 60 digits to read aloud, or a QR code to scan.
import { fromText, sameBytes, toBase64 } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';
import { SafetyNumberDiffers } from '#lib/crypto/errors.ts';
import { encodeKeys, type PublicKeys } from '#lib/crypto/identity.ts';
import { deriveKey, sha256 } from '#lib/crypto/primitives.ts';

/** `digits`: twelve groups of five, the same on both sides. `code`: the text of the QR code. */
export type SafetyNumber = { digits: string; code: string };

/** The safety number of two people's current keys, in either order. @throws {Malformed} */
export async function safetyNumber(one: PublicKeys, other: PublicKeys): Promise<SafetyNumber> {
	const both = [one, other].toSorted((a, b) => (a.wallet < b.wallet ? -1 : 1));
	const encoded = both.map((keys) => encodeKeys('holdfast/safety-keys', keys));
	const digest = await sha256(encode('holdfast/safety-number', everywhere, ...encoded));
	// 40 bits a group: the remainder by 10^5 is even to one part in ten million.
	const bytes = await deriveKey(digest, encode('holdfast/safety-digits', everywhere), 60);
	const groups = Array.from({ length: 12 }, (_, group) => {
		const value = bytes.subarray(5 * group, 5 * group + 5).reduce((sum, byte) => sum * 256 + byte, 0);
		return String(value % 100_000).padStart(5, '0');
	});
	return { digits: groups.join(' '), code: `holdfast-safety:1:${toBase64(digest)}` };
}

/** Compares what was typed or scanned with one's own. @throws {SafetyNumberDiffers} */
export function requireSameSafetyNumber(own: SafetyNumber, given: string): void {
	const isCode = given.startsWith('holdfast-safety:');
	const [a, b] = isCode ? [own.code, given.trim()] : [onlyDigits(own.digits), onlyDigits(given)];
	if (!sameBytes(fromText(a), fromText(b))) throw new SafetyNumberDiffers();
}

function onlyDigits(text: string): string {
	return text.replace(/\s/g, '');
}
