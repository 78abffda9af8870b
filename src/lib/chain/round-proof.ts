// The proof of a draw's random value: the beacon's signature over the round, as the transaction carried it.
import { decodeAbiParameters, toFunctionSelector } from 'viem';
import { compressedKey, compressedSignature, InvalidPoint, randomnessOf, verifyRound } from '#lib/chain/drand.ts';
import type { SignatureWords } from '#lib/chain/drand.ts';
import type { Hex } from '#lib/domain/order.ts';

/** The key of quicknet, drand's public beacon, which many organisations run together. */
const quicknetKey =
	'83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a';

/** The beacon as its contract says it. Times in seconds. */
export type Beacon = { publicKey: readonly bigint[]; genesis: bigint; period: bigint };

/** `beacon`: the key is quicknet's, or one of this chain's own. */
export type RoundProof = { randomness: Hex; signature: string; beacon: 'quicknet' | 'own' };

const selector = toFunctionSelector('draw(uint256[4],uint256)').slice(2);

/** Whether the beacon's round becomes public then. */
export function isTimeOf(beacon: Beacon, round: { number: number; time: Date }): boolean {
	const time = beacon.genesis + beacon.period * (BigInt(round.number) - 1n);
	return BigInt(Math.floor(round.time.getTime() / 1000)) === time;
}

/**
 * The signature of the round in a transaction's input, checked against the beacon's key; null where the input holds none.
 * A draw that another contract sent on stands somewhere within: what is found proves itself.
 */
export function findRoundProof(input: Hex, beacon: Beacon, round: number): RoundProof | null {
	const key = compressedKey(beacon.publicKey);
	for (let at = input.indexOf(selector, 2); at !== -1; at = input.indexOf(selector, at + 1)) {
		const words = input.slice(at + 8, at + 8 + 4 * 64);
		if (at % 2 !== 0 || words.length < 4 * 64) continue;
		const [point] = decodeAbiParameters([{ type: 'uint256[4]' }], `0x${words}`);
		const signature = signatureOf(point);
		if (signature === null || !verifyRound(key, BigInt(round), signature)) continue;
		return {
			randomness: `0x${randomnessOf(signature)}`,
			signature,
			beacon: key === quicknetKey ? 'quicknet' : 'own'
		};
	}
	return null;
}

function signatureOf(words: SignatureWords): string | null {
	try {
		return compressedSignature(words);
	} catch (error) {
		if (error instanceof InvalidPoint) return null;
		throw error;
	}
}
