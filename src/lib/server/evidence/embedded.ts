// The store of a node that has no other: UnixFS blocks on this machine's disk.
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { CID } from 'multiformats/cid';
import { keyOf, type BlockFolder } from '#lib/server/evidence/blocks.ts';
import { NotStored, StoreUnavailable, type Dag, type EvidenceStore } from '#lib/server/evidence/evidence.ts';
import { readFile } from '#lib/server/evidence/read.ts';

/** The whole DAG of a file that the folder pins. */
export function dagIn(folder: BlockFolder, cid: CID, size: number): Dag {
	return {
		cid,
		size,
		async *blocks() {
			for await (const part of folder.walk(cid)) yield { cid: part, bytes: await folder.get(part) };
		}
	};
}

/** A store in a folder of blocks, which its opener closes. */
export function embeddedStore(folder: BlockFolder): EvidenceStore {
	return {
		kind: 'embedded',
		async put(dag, signal) {
			const pin = { cid: dag.cid.toString(), id: null };
			if (folder.pinnedSize(pin.cid) !== null) return pin;
			folder.requireRoom(dag.size);
			const holder = `upload:put-${randomBytes(12).toString('hex')}` as const;
			const keys: string[] = [];
			try {
				for await (const block of dag.blocks()) {
					signal?.throwIfAborted();
					await folder.put(holder, block);
					keys.push(keyOf(block.cid));
				}
				folder.durably(() => folder.pin(dag.cid, dag.size, keys, holder));
				return pin;
			} catch (error) {
				folder.release(holder);
				throw error;
			}
		},
		async *read({ cid }, range, signal) {
			if (folder.pinnedSize(cid.toString()) === null) throw new NotStored({ cid: cid.toString() });
			for await (const bytes of readFile(folder.get, cid, range)) {
				signal?.throwIfAborted();
				yield bytes;
			}
		},
		async unpin({ cid }) {
			folder.unpin(cid);
		},
		collect: () => folder.collect(),
		async check() {
			await statfs(folder.folder).catch((error: unknown) => {
				throw new StoreUnavailable({ store: 'embedded', reason: 'folder' }, { cause: error });
			});
		}
	};
}
