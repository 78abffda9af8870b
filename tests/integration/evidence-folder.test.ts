// What comes in, what is kept and what is removed, on the disk; and that none of it depends on how a process ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CID } from 'multiformats/cid';
import { afterEach, describe, expect, test } from 'vitest';
import { dagIn, embeddedStore } from '#lib/server/evidence/embedded.ts';
import { StoreFull } from '#lib/server/evidence/evidence.ts';
import { importBytes, storedProfile } from '#lib/server/evidence/profile.ts';
import { NoSuchUpload, TooManyBytes, UploadIncomplete, WrongOffset } from '#lib/server/evidence/uploads.ts';
import { seededBuffer } from '#tests/support/bytes.ts';
import { aFile, collectBytes, iterate, testFolder, type TestFolder } from '#tests/support/evidence.ts';

const MiB = 1_048_576;
const open: TestFolder[] = [];
afterEach(async () => {
	for (let one = open.pop(); one; one = open.pop()) await one.close();
});
async function aFolder(options?: { quota?: number }): Promise<TestFolder> {
	const made = await testFolder(options);
	open.push(made);
	return made;
}

/** Every file of blocks, and every file that is being written. */
function filesIn({ path }: TestFolder): string[] {
	const blocks = join(path, 'blocks');
	return [
		...readdirSync(blocks).flatMap((shard) => readdirSync(join(blocks, shard))),
		...readdirSync(join(path, 'new'))
	];
}

const later = () => Date.now() + 2 * 3_600_000;

describe('an upload', () => {
	test('that is cut off goes on where it broke off, within a chunk too', async () => {
		const own = await aFolder();
		const bytes = seededBuffer('cut', 2 * MiB + 777);
		own.uploads.begin('a', bytes.byteLength);

		const cut = own.uploads.append(
			'a',
			0,
			iterate([bytes.subarray(0, 1000), bytes.subarray(1000, MiB + 5)], new Error('cut'))
		);
		await expect(cut).rejects.toThrow('cut');
		expect(own.uploads.state('a')).toEqual({ size: bytes.byteLength, received: MiB + 5 });
		await own.uploads.append('a', MiB + 5, iterate([bytes.subarray(MiB + 5, MiB + 9)]));
		await own.uploads.append('a', MiB + 9, iterate([bytes.subarray(MiB + 9)]));
		const { cid, size, digest } = await own.uploads.finish('a');

		expect(cid.toString()).toBe((await importBytes([bytes], storedProfile, async () => {})).cid.toString());
		expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
		const read = await collectBytes(embeddedStore(own.folder).read({ cid, size }, { offset: 0, length: size }));
		expect(read.equals(bytes)).toBe(true);
		expect(await own.uploads.finish('a')).toEqual({ cid, size, digest });
		await own.uploads.forget('a');
		expect(() => own.uploads.state('a')).toThrow(NoSuchUpload);
	});

	test('goes on at its place alone, and says where that is', async () => {
		const own = await aFolder();
		own.uploads.begin('a', 10);
		await own.uploads.append('a', 0, iterate([Buffer.alloc(4)]));
		await expect(own.uploads.append('a', 0, iterate([Buffer.alloc(4)]))).rejects.toMatchObject({
			data: { received: 4 }
		});
		await expect(own.uploads.append('a', 5, iterate([Buffer.alloc(4)]))).rejects.toThrow(WrongOffset);
		await expect(own.uploads.finish('a')).rejects.toThrow(UploadIncomplete);
	});

	test('takes no byte more than was announced', async () => {
		const own = await aFolder();
		own.uploads.begin('a', 10);
		const tooMany = own.uploads.append('a', 0, iterate([Buffer.alloc(8), Buffer.alloc(8)]));
		await expect(tooMany).rejects.toThrow(TooManyBytes);
		expect(own.uploads.state('a').received).toBe(8);
	});

	test('over a new connection cuts the old one off', async () => {
		const own = await aFolder();
		own.uploads.begin('a', 10);
		const arrived = Promise.withResolvers<void>();
		async function* hanging() {
			yield Buffer.alloc(3);
			arrived.resolve();
			await new Promise<never>(() => {});
		}
		const old = own.uploads.append('a', 0, hanging());
		const cut = expect(old).rejects.toThrow(WrongOffset);
		await arrived.promise;
		await expect(own.uploads.append('a', 0, iterate([]))).rejects.toMatchObject({ data: { received: 3 } });
		await cut;
		await own.uploads.append('a', 3, iterate([Buffer.alloc(7)]));
		expect((await own.uploads.finish('a')).size).toBe(10);
	});

	test('that is given up leaves nothing', async () => {
		const own = await aFolder();
		own.uploads.begin('a', 3 * MiB);
		await own.uploads.append('a', 0, iterate([seededBuffer('given up', 2 * MiB + 9)]));
		await own.uploads.forget('a');
		await own.uploads.forget('a');
		await own.folder.collect();
		expect(filesIn(own)).toEqual([]);
		expect(own.folder.usage()).toMatchObject({ used: 0, announced: 0 });
	});

	test('needs room for all of it before it begins', async () => {
		const own = await aFolder({ quota: 3 * MiB });
		own.uploads.begin('a', 2 * MiB);
		expect(() => own.uploads.begin('b', 2 * MiB)).toThrow(StoreFull);
		await own.uploads.append('a', 0, iterate([seededBuffer('room', 2 * MiB)]));
		await own.uploads.finish('a');
		expect(() => own.uploads.begin('b', 2 * MiB)).toThrow(StoreFull);
		own.uploads.begin('c', MiB - 1000);
	});
});

describe('a collection', () => {
	test('removes what nothing needs, and nothing else', async () => {
		const own = await aFolder();
		const shared = seededBuffer('shared', MiB);
		const kept = await aFile(own, Buffer.concat([shared, seededBuffer('kept', MiB + 1)]));
		const gone = await aFile(own, Buffer.concat([shared, seededBuffer('gone', MiB + 1)]));
		own.uploads.begin('coming', 5 * MiB);
		await own.uploads.append('coming', 0, iterate([seededBuffer('coming', 2 * MiB)]));
		own.folder.unpin(gone.cid.toString());

		const freed = await own.folder.collect();

		// The second and third chunk of the one that is gone, and its root.
		expect(freed).toBeGreaterThan(MiB);
		expect(freed).toBeLessThan(MiB + 1000);
		expect(filesIn(own)).toHaveLength(3 + 1 + 2);
		for await (const { cid } of dagIn(own.folder, kept.cid, kept.size).blocks()) expect(cid).toBeDefined();
		await own.uploads.append('coming', 2 * MiB, iterate([seededBuffer('rest', 3 * MiB)]));
		await own.uploads.finish('coming');
	});

	test.each([
		['made', ''],
		['half written', 'half']
	])('removes what a killed process left %s, once nobody can be at it any more', async (_, text) => {
		const own = await aFolder();
		writeFileSync(own.folder.temporary(), text);
		await own.folder.collect();
		expect(filesIn(own)).toHaveLength(1);
		await own.folder.collect(later());
		expect(filesIn(own)).toEqual([]);
	});

	test('meanwhile the same bytes come in again and again, and stay whole', async () => {
		const own = await aFolder();
		const bytes = seededBuffer('again', 3 * MiB + 1);
		let collecting = true;
		const collector = (async () => {
			while (collecting) await own.folder.collect();
		})();
		for (let round = 0; round < 15; round++) {
			const file = await aFile(own, bytes);
			const read = await collectBytes(embeddedStore(own.folder).read(file, { offset: 0, length: file.size }));
			expect(read.equals(bytes)).toBe(true);
			own.folder.unpin(file.cid.toString());
		}
		collecting = false;
		await collector;
		await own.folder.collect();
		expect(filesIn(own)).toEqual([]);
	});
});

describe('kill -9', () => {
	const size = 40 * MiB + 321;

	/** A process at work on the folder; `lines` resolves with what it said when it has ended. */
	function work(
		own: TestFolder,
		...args: string[]
	): { child: ChildProcess; ready: Promise<void>; lines: Promise<string[]> } {
		const child = spawn(process.execPath, ['tests/support/evidence-writer.ts', own.path, ...args], {
			stdio: ['ignore', 'pipe', 'inherit']
		});
		const said: string[] = [];
		const ready = Promise.withResolvers<void>();
		createInterface({ input: child.stdout! }).on('line', (line) => {
			said.push(line);
			ready.resolve();
		});
		const ended = once(child, 'close').then(() => said);
		return { child, ready: ready.promise, lines: ended };
	}

	/** Whatever the index says is there is there, and is what its name says. */
	async function expectWhole(own: TestFolder): Promise<void> {
		const rows = own.folder.index.prepare('SELECT key FROM blocks').all() as { key: string }[];
		for (const { key } of rows) expect(existsSync(join(own.path, 'blocks', key.slice(-2), key))).toBe(true);
		const leaves = own.folder.index.prepare('SELECT upload, cid FROM leaves').all() as {
			upload: string;
			cid: string;
		}[];

		for (const { cid } of leaves) await own.folder.get(CID.parse(cid));
		for (const { cid, size } of own.folder.pins())
			for await (const block of dagIn(own.folder, CID.parse(cid), size).blocks()) expect(block.bytes).toBeDefined();
	}

	test('at any moment of an upload loses nothing that was kept and leaks nothing', { timeout: 240_000 }, async () => {
		const own = await aFolder();
		const bytes = seededBuffer('killed', size);
		const expected = (await importBytes([bytes], storedProfile, async () => {})).cid.toString();
		let finished = 0;
		for (let round = 0; round < 12; round++) {
			const id = `round-${round}`;
			own.uploads.begin(id, size);
			// Another process collects all the while.
			const collector = work(own, 'collect');
			await collector.ready;
			for (let kills = 0; ; kills++) {
				const receiver = work(own, 'receive', id, 'killed', String(size));
				await receiver.ready;
				const timer = kills < 3 ? sleep(Math.random() * 250).then(() => receiver.child.kill('SIGKILL')) : undefined;
				const lines = await receiver.lines;
				await timer;
				await expectWhole(own);
				const done = own.folder.pinnedSize(expected) !== null;
				if (lines.some((line) => line.startsWith('finished'))) expect(done).toBe(true);
				if (done || (round % 2 === 1 && kills === 1)) break;
			}
			collector.child.kill('SIGKILL');
			await collector.lines;
			const cid = expected;
			if (own.folder.pinnedSize(cid) !== null) {
				finished++;

				const read = embeddedStore(own.folder).read({ cid: CID.parse(cid), size }, { offset: 0, length: size });
				expect((await collectBytes(read)).equals(bytes)).toBe(true);
				own.folder.unpin(cid);
			}
			await own.uploads.forget(id);
			await own.folder.collect(later());
			expect(filesIn(own)).toEqual([]);
			expect(own.folder.usage()).toMatchObject({ used: 0, announced: 0 });
		}
		expect(finished).toBeGreaterThan(0);
	});
});
