// The recovery code: twelve words (BIP-39's English list and checksum) that stand for 128 random bits. Not a wallet's
// seed, and no wallet can be made from it here: the key is derived under a label of its own.
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english';
import type { Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';
import { RecoveryCodeWrong } from '#lib/crypto/errors.ts';
import { deriveKey, secureRandom, type Random } from '#lib/crypto/primitives.ts';

const words = 12;

/** Twelve words with a space between: shown once, kept by nobody. */
export function createRecoveryCode(random: Random = secureRandom): string {
	return entropyToMnemonic(random(16), wordlist);
}

/**
 * A code as it is meant, of what somebody typed: any case, any white space.
 * @throws {RecoveryCodeWrong} `count`, `unknown-word` with its place, `checksum`
 */
export function parseRecoveryCode(typed: string): string {
	const parts = typed.normalize('NFKD').toLowerCase().trim().split(/\s+/);
	const unknown = parts.findIndex((part) => part !== '' && !wordlist.includes(part));
	if (unknown >= 0) throw new RecoveryCodeWrong({ reason: 'unknown-word', word: unknown + 1 });
	if (parts.length !== words) throw new RecoveryCodeWrong({ reason: 'count', word: 0 });
	const code = parts.join(' ');
	try {
		mnemonicToEntropy(code, wordlist);
	} catch {
		throw new RecoveryCodeWrong({ reason: 'checksum', word: 0 });
	}
	return code;
}

/** Three different places (from 1, ascending) whose words somebody who was shown a code is asked for. */
export function recoveryQuestion(random: Random = secureRandom): [number, number, number] {
	const places = new Set<number>();
	while (places.size < 3) {
		const byte = random(1)[0] ?? 0;
		if (byte < 252) places.add((byte % words) + 1); // 252 is 21 × 12: no place is likelier than another
	}
	const [a, b, c] = [...places].toSorted((one, other) => one - other);
	if (a === undefined || b === undefined || c === undefined) throw new Error('Three places were drawn');
	return [a, b, c];
}

/** Checks the answers to {@link recoveryQuestion}. @throws {RecoveryCodeWrong} `not-as-shown` with the first wrong place */
export function requireRecoveryAnswers(code: string, answers: ReadonlyMap<number, string>): void {
	const shown = code.split(' ');
	for (const [place, answer] of answers)
		if (shown[place - 1] !== answer.trim().toLowerCase())
			throw new RecoveryCodeWrong({ reason: 'not-as-shown', word: place });
}

/** The key that opens a vault's recovery wrap. @throws {RecoveryCodeWrong} */
export function recoveryKey(code: string): Promise<Bytes> {
	const entropy = new Uint8Array(mnemonicToEntropy(parseRecoveryCode(code), wordlist));
	return deriveKey(entropy, encode('holdfast/vault/recovery', everywhere));
}
