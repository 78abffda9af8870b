import { CarReader } from '@ipld/car';
import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { equals } from 'multiformats/bytes';

/**
 * The blocks that a test server holds. Reads CAR files with its own eyes: each block is hashed, and each root's DAG has to
 * be whole.
 */
export class BlockMap {
	readonly blocks = new Map<string, Uint8Array>();

	/** Takes a CAR file in. @returns its roots @throws where a block is not what its CID says, or one is missing */
	async takeCar(bytes: Uint8Array): Promise<CID[]> {
		const car = await CarReader.fromBytes(bytes);
		for await (const { cid, bytes: block } of car.blocks()) {
			const { digest } = await sha256.digest(block);
			if (!equals(digest, cid.multihash.digest)) throw new Error(`mismatched hash of ${cid}`);
			this.blocks.set(cid.toString(), block);
		}
		const roots = (await car.getRoots()).map((root) => CID.parse(root.toString()));
		for (const root of roots) for (const _ of this.under(root));
		return roots;
	}

	/** Every CID that a root reaches, and itself. */
	*under(cid: CID): Generator<CID> {
		const block = this.blocks.get(cid.toString());
		if (block === undefined) throw new Error(`block ${cid} not found`);
		yield cid;
		if (cid.code !== dagPb.code) return;
		for (const { Hash } of dagPb.decode(block).Links) yield* this.under(CID.parse(Hash.toString()));
	}
}
