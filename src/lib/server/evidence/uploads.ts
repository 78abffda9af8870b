// Files that are coming in, over as many connections as it takes. What has arrived is cut into blocks at once, so that a
// finished upload is a stored file, and a cut connection costs nothing that had arrived.
import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { DomainError } from '#lib/domain/errors.ts';
import { keyOf, type BlockFolder } from '#lib/server/evidence/blocks.ts';
import { buildTree, makeLeaf, storedProfile, type Leaf } from '#lib/server/evidence/profile.ts';

/** Thrown when bytes are sent for another place of the file than the next; `received` is where it goes on. */
export class WrongOffset extends DomainError {
	constructor(data: { received: number }) {
		super('wrong-offset', 'conflict', data);
	}
}

/** Thrown when more bytes come than were announced. */
export class TooManyBytes extends DomainError {
	constructor(data: { size: number }) {
		super('too-many-bytes', 'invalid', data);
	}
}

/** Thrown when an upload is to be finished before all of it is there. */
export class UploadIncomplete extends DomainError {
	constructor(data: { size: number; received: number }) {
		super('upload-incomplete', 'conflict', data);
	}
}

/** Thrown when there is no such upload in this folder: it was finished, given up, or began at another node. */
export class NoSuchUpload extends DomainError {
	constructor(data: { id: string }) {
		super('no-such-upload', 'missing', data);
	}
}

/** How far an upload is: `received` of `size` bytes are kept, whatever happens to the connection or the process. */
export type UploadState = { size: number; received: number };

/** A file that came in whole: pinned in the folder, `digest` is the SHA-256 of its bytes in hex. */
export type FinishedUpload = { cid: CID; size: number; digest: string };

type Row = { size: number; received: number; tail: Uint8Array; cid: string | null; digest: string | null };

/** The uploads of a folder of blocks. */
export function openUploads(folder: BlockFolder) {
	const { index, atomically, durably } = folder;
	const { chunkSize } = storedProfile;
	const say = {
		find: index.prepare('SELECT size, received, tail, cid, digest FROM uploads WHERE id = ?'),
		all: index.prepare('SELECT id FROM uploads'),
		finished: index.prepare('SELECT 1 AS yes FROM uploads WHERE cid = ? LIMIT 1'),
		begin: index.prepare("INSERT INTO uploads (id, size, received, tail) VALUES (?, ?, 0, x'')"),
		// Where another connection got further meanwhile, nothing is changed.
		advance: index.prepare('UPDATE uploads SET received = ?, tail = ? WHERE id = ? AND received = ?'),
		addLeaf: index.prepare('INSERT INTO leaves VALUES (?, ?, ?, ?, ?)'),
		leaves: index.prepare('SELECT cid, content, size FROM leaves WHERE upload = ? AND seq >= ? ORDER BY seq LIMIT 500'),
		dropLeaves: index.prepare('DELETE FROM leaves WHERE upload = ?'),
		finish: index.prepare("UPDATE uploads SET cid = ?, digest = ?, tail = x'' WHERE id = ?"),
		drop: index.prepare('DELETE FROM uploads WHERE id = ?')
	};
	/** The connection that each upload comes in over, in this process. */
	const running = new Map<string, { stop: AbortController; done: Promise<void> }>();

	function find(id: string): Row {
		const row = say.find.get(id) as Row | undefined;
		if (row === undefined) throw new NoSuchUpload({ id });
		return row;
	}

	/** Announces a file of `size` bytes, for which room is kept. @throws {StoreFull} */
	function begin(id: string, size: number): void {
		durably(() => {
			folder.requireRoom(size);
			say.begin.run(id, size);
		});
	}

	/** @throws {NoSuchUpload} */
	function state(id: string): UploadState {
		const { size, received } = find(id);
		return { size, received };
	}

	/**
	 * Adds bytes at `offset`, which is where the upload is. A connection that still sends to it is cut off first: its
	 * client has come back over this one. What arrived before `source` broke off is kept.
	 * @throws {NoSuchUpload} {WrongOffset} {TooManyBytes} and whatever `source` breaks off with
	 */
	async function append(id: string, offset: number, source: AsyncIterable<Uint8Array>): Promise<UploadState> {
		for (let other = running.get(id); other !== undefined; other = running.get(id)) {
			other.stop.abort(new WrongOffset({ received: offset }));
			await other.done;
		}
		const done = Promise.withResolvers<void>();
		const stop = new AbortController();
		running.set(id, { stop, done: done.promise });
		try {
			await receive(id, offset, abortable(source, stop.signal));
			return state(id);
		} finally {
			running.delete(id);
			done.resolve();
		}
	}

	async function receive(id: string, offset: number, source: AsyncIterable<Uint8Array>): Promise<void> {
		const { size, received, tail } = find(id);
		if (offset !== received) throw new WrongOffset({ received });
		const chunk = new Uint8Array(chunkSize);
		chunk.set(tail);
		/** What the index knows of, and what of the chunk is filled: the chunk begins at the last multiple of its size. */
		let kept = received;
		let filled = tail.byteLength;
		let seq = Math.floor(received / chunkSize);
		const keep = (reached: number, rest: Uint8Array): void => {
			if (say.advance.run(reached, rest, id, kept).changes === 0)
				throw new WrongOffset({ received: find(id).received });
			kept = reached;
		};
		try {
			for await (const bytes of source) {
				if (seq * chunkSize + filled + bytes.byteLength > size) throw new TooManyBytes({ size });
				for (let taken = 0; taken < bytes.byteLength;) {
					const part = bytes.subarray(taken, taken + chunkSize - filled);
					chunk.set(part, filled);
					filled += part.byteLength;
					taken += part.byteLength;
					if (filled < chunkSize) continue;
					const leaf = await makeLeaf(chunk, storedProfile);
					await folder.put(`upload:${id}`, leaf);
					atomically(() => {
						keep((seq + 1) * chunkSize, new Uint8Array(0));
						say.addLeaf.run(id, seq, leaf.cid.toString(), leaf.content, leaf.size);
					});
					seq++;
					filled = 0;
				}
			}
		} finally {
			const reached = seq * chunkSize + filled;
			if (reached > kept) keep(reached, chunk.subarray(0, filled));
		}
	}

	/** The leaves in order, read a page at a time. */
	function* leaves(id: string): Generator<Leaf> {
		for (let seq = 0; ;) {
			const rows = say.leaves.all(id, seq) as { cid: string; content: number; size: number }[];
			for (const { cid, content, size } of rows) yield { cid: CID.parse(cid), content, size };
			if (rows.length === 0) return;
			seq += rows.length;
		}
	}

	/**
	 * Makes the file of an upload that is complete, and pins it. Every block is read once more, so that a file that this
	 * returns is one that can be read. Called again it returns the same, until the upload is forgotten: whoever asked may
	 * have been killed before it wrote the answer down.
	 * @throws {NoSuchUpload} {UploadIncomplete} {NotStored} {Corrupt}
	 */
	async function finish(id: string): Promise<FinishedUpload> {
		const { size, received, tail, ...done } = find(id);
		if (done.cid !== null && done.digest !== null) return { cid: CID.parse(done.cid), size, digest: done.digest };
		if (received !== size) throw new UploadIncomplete({ size, received });
		const holder = `upload:${id}` as const;
		const digest = createHash('sha256');
		const keys: string[] = [];
		const note = async (cid: CID, bytes: Uint8Array): Promise<void> => {
			digest.update(bytes);
			keys.push(keyOf(cid));
		};
		async function* all(): AsyncGenerator<Leaf> {
			for (const leaf of leaves(id)) {
				await note(leaf.cid, await folder.get(leaf.cid));
				yield leaf;
			}
			if (tail.byteLength === 0 && size > 0) return;
			const last = await makeLeaf(tail, storedProfile);
			await folder.put(holder, last);
			await note(last.cid, last.bytes);
			yield last;
		}
		const cid = await buildTree(all(), storedProfile, async (block) => {
			await folder.put(holder, block);
			keys.push(keyOf(block.cid));
		});
		const hex = digest.digest('hex');
		durably(() => {
			folder.pin(cid, size, keys, holder);
			say.dropLeaves.run(id);
			say.finish.run(cid.toString(), hex, id);
		});
		return { cid, size, digest: hex };
	}

	function remove(id: string): void {
		say.dropLeaves.run(id);
		say.drop.run(id);
		folder.release(`upload:${id}`);
	}

	return {
		begin,
		state,
		append,
		finish,
		/**
		 * Gives an upload up; what had arrived is removed by the next collection. Of one that is finished, only the note of
		 * it goes, its file stays. Of an unknown one: nothing happens.
		 */
		async forget(id: string): Promise<void> {
			const other = running.get(id);
			other?.stop.abort(new NoSuchUpload({ id }));
			await other?.done;
			durably(() => remove(id));
		},
		/** Whether an upload became this file and was not forgotten since. */
		finished: (cid: string) => say.finished.get(cid) !== undefined,
		/** The ids of all uploads, for those to be found that nobody knows any more. */
		ids: () => (say.all.all() as { id: string }[]).map(({ id }) => id)
	};
}

export type Uploads = ReturnType<typeof openUploads>;

/** The same, but it breaks off with the signal's reason while it waits. */
async function* abortable(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
	// One promise a wait: racing with one that lives as long as the upload would keep every piece alive as long.
	let giveUp: (reason: unknown) => void = () => {};
	const abort = () => giveUp(signal.reason);
	signal.addEventListener('abort', abort, { once: true });
	const iterator = source[Symbol.asyncIterator]();
	try {
		for (;;) {
			signal.throwIfAborted();
			const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				giveUp = reject;
				iterator.next().then(resolve, reject);
			});
			if (next.done) return;
			yield next.value;
		}
	} finally {
		signal.removeEventListener('abort', abort);
		// Not waited for: a source that hangs would hang here too.
		iterator.return?.()?.catch(() => {});
	}
}
