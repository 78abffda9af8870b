// How bytes become a DAG. Tools disagree in their defaults, so the profile is stated wherever bytes are imported: the
// same bytes under the same profile have the same CID in every store.
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { importer, type BufferImporter } from 'ipfs-unixfs-importer';
import { balanced } from 'ipfs-unixfs-importer/layout';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';

/** What IPIP-499 calls a CID profile, as far as it is about files. The hash is SHA-256, the layout balanced. */
export type Profile = Readonly<{
	cidVersion: 0 | 1;
	/** Leaves are the bytes themselves, not wrapped in UnixFS. */
	rawLeaves: boolean;
	/** Bytes of a leaf's content; the last leaf may have fewer. */
	chunkSize: number;
	/** Most links of a node. */
	maxLinks: number;
}>;

/** The profiles that IPIP-499 names. */
export const profiles = {
	'unixfs-v0-2015': { cidVersion: 0, rawLeaves: false, chunkSize: 262_144, maxLinks: 174 },
	'unixfs-v1-2025': { cidVersion: 1, rawLeaves: true, chunkSize: 1_048_576, maxLinks: 1024 }
} as const satisfies Record<string, Profile>;

/** What this application stores everything under. */
export const storedProfile = profiles['unixfs-v1-2025'];

/** A block of a DAG: `cid` is the hash of `bytes`. */
export type Block = { cid: CID; bytes: Uint8Array };

/** A leaf that is stored already. */
export type Leaf = {
	cid: CID;
	/** Bytes of the file that it holds. */
	content: number;
	/** Bytes of its block. */
	size: number;
};

/** Makes the block of one chunk of a file. @param chunk at most `profile.chunkSize` bytes */
export async function makeLeaf(chunk: Uint8Array, profile: Profile): Promise<Block & Leaf> {
	const bytes = profile.rawLeaves
		? chunk
		: dagPb.encode({ Data: new UnixFS({ type: 'file', data: chunk }).marshal(), Links: [] });
	const digest = await sha256.digest(bytes);
	const cid = profile.rawLeaves
		? CID.createV1(raw.code, digest)
		: profile.cidVersion === 0
			? CID.createV0(digest)
			: CID.createV1(dagPb.code, digest);
	return { cid, bytes, content: chunk.byteLength, size: bytes.byteLength };
}

/**
 * Builds the nodes above the leaves of a file and hands each to `put`, children first. Leaves are taken in order and are
 * not read again, so that a file may be built from chunks that came in days apart.
 * @param leaves at least one: an empty file has one empty leaf
 * @returns the root's CID
 */
export async function buildTree(
	leaves: Iterable<Leaf> | AsyncIterable<Leaf>,
	profile: Profile,
	put: (block: Block) => Promise<void>
): Promise<CID> {
	const fromLeaves: BufferImporter = async function* () {
		for await (const { cid, content, size } of leaves) {
			// A raw leaf needs none; a wrapped one says how much of the file it holds.
			const unixfs = profile.rawLeaves ? undefined : new UnixFS({ type: 'file', blockSizes: [BigInt(content)] });
			// The block is asked for only where a single leaf gets a time or a mode, which ours never do.
			yield async () => ({ cid, unixfs, size: BigInt(size), block: new Uint8Array(0) });
		}
	};
	const blockstore = {
		async put(cid: CID, bytes: Uint8Array) {
			await put({ cid, bytes });
			return cid;
		}
	};
	const results = importer([{ content: [] }], blockstore as never, {
		cidVersion: profile.cidVersion,
		rawLeaves: profile.rawLeaves,
		layout: balanced({ maxChildrenPerNode: profile.maxLinks }),
		bufferImporter: fromLeaves,
		blockWriteConcurrency: 1
	});
	for await (const { cid } of results) return cid;
	throw new Error('The importer made nothing of the leaves');
}

/** Cuts a stream into pieces of `size` bytes; the last has what is left, and of nothing there is none. */
export async function* cut(
	source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
	size: number
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
	let piece = new Uint8Array(size);
	let filled = 0;
	for await (const bytes of source) {
		for (let taken = 0; taken < bytes.byteLength;) {
			const part = bytes.subarray(taken, taken + size - filled);
			piece.set(part, filled);
			filled += part.byteLength;
			taken += part.byteLength;
			if (filled < size) continue;
			yield piece;
			piece = new Uint8Array(size);
			filled = 0;
		}
	}
	if (filled > 0) yield piece.slice(0, filled);
}

/**
 * Makes the whole DAG of a stream in constant memory.
 * @param put gets each block, children before their parents
 * @returns the root, and the bytes of the file
 */
export async function importBytes(
	source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
	profile: Profile,
	put: (block: Block) => Promise<void>
): Promise<{ cid: CID; size: number }> {
	let size = 0;
	async function* leaves(): AsyncGenerator<Leaf> {
		for await (const chunk of cut(source, profile.chunkSize)) {
			const leaf = await makeLeaf(chunk, profile);
			await put(leaf);
			size += leaf.content;
			yield { cid: leaf.cid, content: leaf.content, size: leaf.size };
		}
		if (size > 0) return;
		const empty = await makeLeaf(new Uint8Array(0), profile);
		await put(empty);
		yield { cid: empty.cid, content: 0, size: empty.size };
	}
	const cid = await buildTree(leaves(), profile, put);
	return { cid, size };
}
