import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
	beaconKey,
	InvalidPoint,
	newBeaconSecret,
	publicKeyWords,
	randomnessOf,
	signatureWords,
	signRound,
	signRoundCompressed,
	verifyRound
} from './drand.ts';

type Quicknet = { publicKey: string; rounds: { round: number; signature: string; randomness: string }[] };

const vectors = join(process.env['CONFORMANCE_DIR'] ?? '../shared/conformance', 'drand/quicknet.json');
const secret = newBeaconSecret(new Uint8Array(48).fill(7));
const key = beaconKey(secret);

function flip(hex: string, bit: number): string {
	const digit = Math.floor(bit / 4);
	const flipped = (parseInt(hex.charAt(digit), 16) ^ (1 << (bit % 4))).toString(16);
	return hex.slice(0, digit) + flipped + hex.slice(digit + 1);
}

describe.skipIf(!existsSync(vectors))(`real rounds (${vectors})`, () => {
	const { publicKey, rounds } = existsSync(vectors)
		? (JSON.parse(readFileSync(vectors, 'utf8')) as Quicknet)
		: { publicKey: '', rounds: [] };

	test.each(rounds)('round $round verifies and gives the published randomness', ({ round, signature, randomness }) => {
		expect(verifyRound(publicKey, BigInt(round), signature)).toBe(true);
		expect(randomnessOf(signature)).toBe(randomness);
	});

	test('a signature of another round is refused', () => {
		const [first, second] = rounds;
		expect(verifyRound(publicKey, BigInt(first?.round ?? 0), second?.signature ?? '')).toBe(false);
	});
});

describe('a private beacon', () => {
	test('signs what its key verifies, and nothing else does', () => {
		const signature = signRoundCompressed(secret, 9n);
		expect(verifyRound(key.publicKey, 9n, signature)).toBe(true);
		expect(verifyRound(key.publicKey, 10n, signature)).toBe(false);
		expect(verifyRound(beaconKey(newBeaconSecret()).publicKey, 9n, signature)).toBe(false);
	});

	test('the known answer is the signature of its round', () => {
		expect(key.knownAnswer.signature).toEqual(signRound(secret, key.knownAnswer.round));
	});

	test('every flipped bit of a signature is refused', { timeout: 60_000 }, () => {
		const signature = signRoundCompressed(secret, 2n);
		for (let bit = 0; bit < signature.length * 4; bit += 1) {
			expect(verifyRound(key.publicKey, 2n, flip(signature, bit))).toBe(false);
		}
	});

	test.each([0n, -1n, 1n << 64n])('round %s does not exist', (round) => {
		expect(() => signRound(secret, round)).toThrow(RangeError);
	});
});

describe('encodings', () => {
	test('a coordinate is its high 128 bits, then its low 256', () => {
		const compressed = signRoundCompressed(secret, 3n);
		const [high, low] = signatureWords(compressed);
		const x = BigInt(`0x${compressed}`) & ((1n << 381n) - 1n);
		expect((high << 256n) | low).toBe(x);
	});

	test.each(['', 'zz', 'ab', '00'.repeat(48), `c0${'00'.repeat(47)}`, 'ff'.repeat(48)])('%j is no signature', (hex) => {
		expect(() => signatureWords(hex)).toThrow(InvalidPoint);
		expect(verifyRound(key.publicKey, 1n, hex)).toBe(false);
	});

	test.each(['', 'ab', '00'.repeat(96), `c0${'00'.repeat(95)}`])('%j is no key', (hex) => {
		expect(() => publicKeyWords(hex)).toThrow(InvalidPoint);
		expect(() => verifyRound(hex, 1n, 'ab')).toThrow(InvalidPoint);
	});
});
