// A folder of blocks with an index that says who needs which. Several processes of one machine may use it at once; the
// index (SQLite) is what they agree through, and a killed one leaves nothing behind that a collection does not find.
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as dagPb from '@ipld/dag-pb';
import { base32 } from 'multiformats/bases/base32';
import type { CID } from 'multiformats/cid';
import { NotStored, StoreFull } from '#lib/server/evidence/evidence.ts';
import type { Block } from '#lib/server/evidence/profile.ts';
import { requireBlock } from '#lib/server/evidence/verify.ts';

/** Who needs blocks: `pin:<cid>`, or `upload:<id>` while a file comes in. */
type Holder = `pin:${string}` | `upload:${string}`;

/** How old a file without an entry in the index must be to count as left behind, and not as just being written. */
const strayMilliseconds = 3_600_000;

/** Entries that one transaction of a collection removes: others wait for it. */
const batch = 64;

export type BlockFolder = ReturnType<typeof openBlocks> extends Promise<infer Folder> ? Folder : never;

const tables = `
	CREATE TABLE IF NOT EXISTS blocks (key TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS needs (holder TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (holder, key)) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS needs_by_key ON needs (key);
	CREATE TABLE IF NOT EXISTS pins (cid TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS uploads
		(id TEXT PRIMARY KEY, size INTEGER NOT NULL, received INTEGER NOT NULL, tail BLOB NOT NULL, cid TEXT, digest TEXT)
		WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS leaves (upload TEXT NOT NULL, seq INTEGER NOT NULL, cid TEXT NOT NULL,
		content INTEGER NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (upload, seq)) WITHOUT ROWID;
`;

/**
 * Opens a folder of blocks, making it where it is missing.
 *
 * The order of steps is what keeps it whole. A block is written by: saying in the index that it is needed; writing it
 * beside its place and moving it there; entering it. A block that nothing needs is removed by: taking its entry out;
 * removing the file, unless somebody needs it by then. So whoever finds an entry finds the file, for as long as it needs it.
 * @param options.quota most bytes of blocks, those announced by unfinished uploads included
 */
export async function openBlocks(folder: string, options: { quota?: number } = {}) {
	const { quota = Number.MAX_SAFE_INTEGER } = options;
	const blocksFolder = join(folder, 'blocks');
	const newFolder = join(folder, 'new');
	await mkdir(blocksFolder, { recursive: true });
	await mkdir(newFolder, { recursive: true });
	const index = new DatabaseSync(join(folder, 'index.sqlite'), { timeout: 10_000 });
	index.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
	index.exec(tables);

	const say = {
		need: index.prepare('INSERT OR IGNORE INTO needs VALUES (?, ?)'),
		entered: index.prepare('SELECT size FROM blocks WHERE key = ?'),
		enter: index.prepare('INSERT OR IGNORE INTO blocks VALUES (?, ?)'),
		forget: index.prepare('DELETE FROM blocks WHERE key = ?'),
		needless: index.prepare(
			`SELECT key, size FROM blocks WHERE NOT EXISTS (SELECT 1 FROM needs WHERE needs.key = blocks.key) LIMIT ${batch}`
		),
		needed: index.prepare('SELECT 1 AS yes FROM needs WHERE key = ? LIMIT 1'),
		release: index.prepare('DELETE FROM needs WHERE holder = ?'),
		used: index.prepare('SELECT coalesce(sum(size), 0) AS bytes FROM blocks'),
		announced: index.prepare('SELECT coalesce(sum(size - received), 0) AS bytes FROM uploads'),
		pin: index.prepare('INSERT OR IGNORE INTO pins VALUES (?, ?)'),
		unpin: index.prepare('DELETE FROM pins WHERE cid = ?'),
		pinned: index.prepare('SELECT size FROM pins WHERE cid = ?'),
		pins: index.prepare('SELECT cid, size FROM pins WHERE cid > ? ORDER BY cid LIMIT 500')
	};

	/** Runs `work` as one step of the index, alone among all processes. */
	function atomically<T>(work: () => T): T {
		index.exec('BEGIN IMMEDIATE');
		try {
			const result = work();
			index.exec('COMMIT');
			return result;
		} catch (error) {
			index.exec('ROLLBACK');
			throw error;
		}
	}

	/** The same, and on the disk when it returns: what others are told of must outlive a power cut. */
	function durably<T>(work: () => T): T {
		index.exec('PRAGMA synchronous = FULL');
		try {
			return atomically(work);
		} finally {
			index.exec('PRAGMA synchronous = NORMAL');
		}
	}

	const pathOf = (key: string) => join(blocksFolder, key.slice(-2), key);
	const number = (row: unknown, column: string) => Number((row as Record<string, number | bigint>)[column]);

	/** Bytes of blocks, and of what unfinished uploads announced and have not sent. */
	function usage(): { used: number; announced: number; left: number } {
		const used = number(say.used.get(), 'bytes');
		const announced = number(say.announced.get(), 'bytes');
		return { used, announced, left: Math.max(0, quota - used - announced) };
	}

	async function writeFile(key: string, bytes: Uint8Array): Promise<void> {
		const temporary = join(newFolder, `${key}.${randomBytes(6).toString('hex')}`);
		const file = await open(temporary, 'wx');
		try {
			await file.writeFile(bytes);
			await file.sync();
		} finally {
			await file.close();
		}
		await mkdir(join(blocksFolder, key.slice(-2)), { recursive: true });
		await rename(temporary, pathOf(key));
	}

	/** Writes a block that `holder` needs, where it is not there yet. */
	async function put(holder: Holder, { cid, bytes }: Block): Promise<void> {
		const key = keyOf(cid);
		const present = atomically(() => {
			say.need.run(holder, key);
			return say.entered.get(key) !== undefined;
		});
		if (present) return;
		await writeFile(key, bytes);
		atomically(() => say.enter.run(key, bytes.byteLength));
	}

	/** @throws {NotStored} {Corrupt} */
	async function get(cid: CID): Promise<Uint8Array> {
		let bytes: Uint8Array;
		try {
			bytes = await readFile(pathOf(keyOf(cid)));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
			throw new NotStored({ cid: cid.toString() }, { cause: error });
		}
		await requireBlock(cid, bytes);
		return bytes;
	}

	/** Each block that a root reaches once, the root first. Leaves of files are not read to find them. */
	async function* walk(root: CID): AsyncGenerator<CID> {
		const seen = new Set<string>();
		// Depth first, so that no more than a node's links wait on each level.
		const waiting = [root];
		for (let cid = waiting.pop(); cid !== undefined; cid = waiting.pop()) {
			const key = keyOf(cid);
			if (seen.has(key)) continue;
			seen.add(key);
			yield cid;
			if (cid.code !== dagPb.code) continue;
			const { Links } = dagPb.decode(await get(cid));
			waiting.push(...Links.map(({ Hash }) => Hash as CID).reverse());
		}
	}

	/**
	 * Pins a root whose blocks `from` holds, and lets `from` go. Belongs in a step, {@link durably}.
	 * @param keys every block of the DAG
	 * @throws {NotStored} where a block is missing
	 */
	function pin(cid: CID, size: number, keys: readonly string[], from: Holder): void {
		const holder: Holder = `pin:${cid}`;
		for (const key of keys) {
			if (say.entered.get(key) === undefined) throw new NotStored({ cid: cid.toString() });
			say.need.run(holder, key);
		}
		say.pin.run(cid.toString(), size);
		release(from);
	}

	function release(holder: Holder): void {
		say.release.run(holder);
	}

	/** Takes a pin back; its blocks stay until a collection finds that nothing else needs them. */
	function unpin(cid: string): void {
		durably(() => {
			say.unpin.run(cid);
			release(`pin:${cid}`);
		});
	}

	function pinnedSize(cid: string): number | null {
		const row = say.pinned.get(cid);
		return row === undefined ? null : number(row, 'size');
	}

	function* pins(): Generator<{ cid: string; size: number }> {
		for (let after = ''; ;) {
			const rows = say.pins.all(after) as { cid: string; size: number }[];
			yield* rows;
			const last = rows.at(-1);
			if (last === undefined) return;
			after = last.cid;
		}
	}

	/** Removes every block that nothing needs, and what killed processes left half written. @returns bytes freed */
	async function collect(now = Date.now()): Promise<number> {
		let freed = 0;
		for (let more = true; more;) {
			// Forgotten first: an entry whose file is gone would be believed, a file without an entry is found again.
			const rows = atomically(() => {
				const needless = say.needless.all() as { key: string; size: number }[];
				for (const { key } of needless) say.forget.run(key);
				return needless;
			});
			for (const { key, size } of rows) if (removeUnless(key)) freed += size;
			more = rows.length === batch;
			// Others get their turn between two batches.
			await new Promise((resolve) => setImmediate(resolve));
		}
		return freed + collectStray(now);
	}

	/** Removes a block's file, while nobody can begin to need it, unless somebody has meanwhile. */
	function removeUnless(key: string): boolean {
		return atomically(() => {
			if (say.entered.get(key) !== undefined || say.needed.get(key) !== undefined) return false;
			rmSync(pathOf(key), { force: true });
			return true;
		});
	}

	/** Files that a process wrote and was killed before it entered them. */
	function collectStray(now: number): number {
		let freed = 0;
		/** Its size, 0 too for one that was made and not written; undefined while its writer may still be there. */
		const oldSize = (path: string): number | undefined => {
			const found = statSync(path, { throwIfNoEntry: false });
			return found === undefined || now - found.mtimeMs < strayMilliseconds ? undefined : found.size;
		};
		for (const name of readdirSync(newFolder)) {
			const size = oldSize(join(newFolder, name));
			if (size === undefined) continue;
			rmSync(join(newFolder, name), { force: true });
			freed += size;
		}
		for (const shard of readdirSync(blocksFolder))
			for (const key of readdirSync(join(blocksFolder, shard))) {
				if (say.entered.get(key) !== undefined) continue;
				const size = oldSize(join(blocksFolder, shard, key));
				if (size !== undefined && removeUnless(key)) freed += size;
			}
		return freed;
	}

	return {
		folder,
		quota,
		index,
		atomically,
		durably,
		usage,
		put,
		get,
		walk,
		pin,
		unpin,
		pinnedSize,
		pins,
		release,
		collect,
		/** @throws {StoreFull} where the quota leaves no room for so many more bytes */
		requireRoom(bytes: number): void {
			const { left } = usage();
			if (bytes > left) throw new StoreFull({ needed: bytes, left });
		},
		/** A name for a temporary file, which a collection removes where its writer does not. */
		temporary: () => join(newFolder, randomBytes(12).toString('hex')),
		close: () => index.close()
	};
}

/** The name of a block: of its hash, so that a CID of either version finds it, in letters that every file system keeps. */
export function keyOf(cid: CID): string {
	return base32.encode(cid.multihash.bytes);
}
