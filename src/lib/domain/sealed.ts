// What is inside of a sealed listing: its words and pictures, which whoever has the link's key reads and the node does not.
import { keccak256, stringToHex, type Hex } from 'viem';
import { z } from 'zod';
import { bytes32, fileCid, line, paragraphs } from './schemas.ts';

const pixels = z.int().min(1).max(16_384);

/** A picture in one size, encrypted under a key of its own: what opens it is `FilePromise` of file.ts. */
const sealedSize = z.strictObject({
	cid: fileCid,
	width: pixels,
	size: z.int().min(1),
	digest: bytes32,
	key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
	commitment: bytes32
});

/** `sizes`: the largest first. */
const sealedPicture = z.strictObject({
	alt: line(0, 200),
	width: pixels,
	height: pixels,
	sizes: z.array(sealedSize).min(1).max(5)
});
export type SealedPicture = z.output<typeof sealedPicture>;

/** The words of a sealed listing, as they are typed: any of them may still be missing. */
export const sealedWords = z.strictObject({
	/** So that a guess at the words cannot be confirmed by their hash. */
	salt: bytes32,
	title: line(0, 120),
	summary: line(0, 240),
	description: paragraphs(0, 20_000),
	tags: z.array(line(1, 32)).max(12),
	images: z.array(sealedPicture).max(10)
});
export type SealedWords = z.output<typeof sealedWords>;

/** What the listing's signed hash has of them: every word, and of pictures what opens them. */
export function hashSealed(words: SealedWords): Hex {
	const { salt, title, summary, description, tags, images } = words;
	const pictures = images.map(({ alt, width, height, sizes }) => [
		...[alt, width, height],
		sizes.map((one) => [one.cid, one.width, one.size, one.digest, one.key, one.commitment])
	]);
	const fields = ['sealed', 1, salt, title, summary, description, tags, pictures];
	return keccak256(stringToHex(JSON.stringify(fields)));
}
