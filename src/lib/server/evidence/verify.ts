import { equals } from 'multiformats/bytes';
import type { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { Corrupt } from '#lib/server/evidence/evidence.ts';
import { buildTree, cut, makeLeaf, storedProfile, type Leaf } from '#lib/server/evidence/profile.ts';

/** @throws {Corrupt} where the bytes are not the block that the CID names */
export async function requireBlock(cid: CID, bytes: Uint8Array): Promise<void> {
	if (cid.multihash.code !== sha256.code) throw new Corrupt({ cid: cid.toString() });
	const { digest } = await sha256.digest(bytes);
	if (!equals(digest, cid.multihash.digest)) throw new Corrupt({ cid: cid.toString() });
}

/**
 * Passes a whole file of the stored profile on and holds its last chunk back until all of it is known to be what the CID
 * says: who reads to the end has the file.
 * @throws {Corrupt}
 */
export async function* verified(source: AsyncIterable<Uint8Array>, cid: CID): AsyncGenerator<Uint8Array> {
	const leaves: Leaf[] = [];
	let held: Uint8Array | undefined;
	for await (const chunk of cut(source, storedProfile.chunkSize)) {
		if (held !== undefined) yield held;
		held = chunk;
		const { cid: leaf, content, size } = await makeLeaf(chunk, storedProfile);
		leaves.push({ cid: leaf, content, size });
	}
	if (held === undefined) {
		held = new Uint8Array(0);
		const { cid: leaf, content, size } = await makeLeaf(held, storedProfile);
		leaves.push({ cid: leaf, content, size });
	}
	const root = await buildTree(leaves, storedProfile, async () => {});
	if (!equals(root.bytes, cid.bytes)) throw new Corrupt({ cid: cid.toString() });
	if (held.byteLength > 0) yield held;
}
