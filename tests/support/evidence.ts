import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlocks, type BlockFolder } from '#lib/server/evidence/blocks.ts';
import { dagIn } from '#lib/server/evidence/embedded.ts';
import type { Dag } from '#lib/server/evidence/evidence.ts';
import { openUploads, type Uploads } from '#lib/server/evidence/uploads.ts';

export type TestFolder = { folder: BlockFolder; uploads: Uploads; path: string; close: () => Promise<void> };

/** A folder of blocks in a temporary place. */
export async function testFolder(options: { quota?: number } = {}): Promise<TestFolder> {
	const path = await mkdtemp(join(tmpdir(), 'holdfast-evidence-'));
	const folder = await openBlocks(path, options);
	return {
		folder,
		uploads: openUploads(folder),
		path,
		async close() {
			folder.close();
			await rm(path, { recursive: true, force: true });
		}
	};
}

/** A file that came in as an upload does, pinned in the folder. */
export async function aFile({ folder, uploads }: TestFolder, bytes: Uint8Array): Promise<Dag & { digest: string }> {
	const id = randomUUID();
	uploads.begin(id, bytes.byteLength);
	await uploads.append(id, 0, iterate([bytes]));
	const { cid, size, digest } = await uploads.finish(id);
	await uploads.forget(id);
	return { ...dagIn(folder, cid, size), digest };
}

/** Gives each in turn, and then, where one is given, breaks off with an error. */
export async function* iterate<T>(items: Iterable<T>, error?: Error): AsyncGenerator<T> {
	yield* items;
	if (error) throw error;
}

/** All that comes, in one piece. */
export async function collectBytes(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of source) chunks.push(chunk);
	return Buffer.concat(chunks);
}
