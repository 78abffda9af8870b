// Reads files out of their blocks. Nothing is read ahead of who asks: a slow reader of a large file costs a block.
// (ipfs-unixfs-exporter pushes what it reads into a queue without bound.)
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { Corrupt, type ByteRange } from '#lib/server/evidence/evidence.ts';

/** Bytes of a block, checked against its CID. */
type GetBlock = (cid: CID) => Promise<Uint8Array>;

/** Far deeper than any file that a profile makes: 1,024 links on five levels hold an exbibyte. */
const deepest = 8;

/**
 * Part of a UnixFS file.
 * @param get resolves with a block whose hash was checked
 * @throws {Corrupt} where the blocks are no such file, or one that is shorter
 */
export async function* readFile(get: GetBlock, root: CID, range: ByteRange): AsyncGenerator<Uint8Array> {
	if (range.length === 0) return;
	let sent = 0;
	for await (const bytes of readNode(get, root, range.offset, range.offset + range.length, deepest)) {
		sent += bytes.byteLength;
		yield bytes;
	}
	if (sent !== range.length) throw new Corrupt({ cid: root.toString() });
}

/** @param from,to what is wanted of this node's content, in bytes from its beginning; may lie outside of it */
async function* readNode(get: GetBlock, cid: CID, from: number, to: number, depth: number): AsyncGenerator<Uint8Array> {
	const bytes = await get(cid);
	if (cid.code === raw.code) {
		const part = bytes.subarray(Math.max(0, from), Math.max(0, to));
		if (part.byteLength > 0) yield part;
		return;
	}
	const { node, file } = decode(cid, bytes);
	if (depth === 0 || node.Links.length !== file.blockSizes.length) throw new Corrupt({ cid: cid.toString() });

	let start = 0;
	if (file.data !== undefined) {
		const part = file.data.subarray(Math.max(0, from), Math.max(0, to));
		if (part.byteLength > 0) yield part;
		start = file.data.byteLength;
	}
	for (const [index, { Hash }] of node.Links.entries()) {
		const end = start + Number(file.blockSizes[index]);
		if (start >= to) return;
		if (end > from) yield* readNode(get, Hash as CID, from - start, Math.min(to, end) - start, depth - 1);
		start = end;
	}
}

function decode(cid: CID, bytes: Uint8Array): { node: dagPb.PBNode; file: UnixFS } {
	if (cid.code !== dagPb.code) throw new Corrupt({ cid: cid.toString() });
	try {
		const node = dagPb.decode(bytes);
		return { node, file: UnixFS.unmarshal(node.Data ?? new Uint8Array(0)) };
	} catch {
		throw new Corrupt({ cid: cid.toString() });
	}
}
