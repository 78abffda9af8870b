// `npm run audit` failed now and then with 'database is locked': the index of the evidence folder was told to wait for others
// after it had been asked something, and whoever closes it last locks it for a moment. Opening it waits from the start.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'holdfast-folder-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const opensAgainAndAgain = `
	const { workerData, parentPort } = require('node:worker_threads');
	import(workerData.module).then(async ({ openBlocks }) => {
		for (let times = 0; times < 100; times++) {
			const { index, close } = await openBlocks(workerData.folder);
			index.prepare('INSERT INTO needs VALUES (?, ?)').run(workerData.holder, String(times));
			close();
		}
		parentPort.postMessage('done');
	}).catch((error) => parentPort.postMessage(String(error)));`;

test('an evidence folder opens, however many others open and close it', async () => {
	const module = new URL('../../src/lib/server/evidence/blocks.ts', import.meta.url).href;
	const outcomes = await Promise.all(
		['a', 'b', 'c', 'd'].map(
			(holder) =>
				new Promise((resolve, reject) => {
					const workerData = { module, folder, holder };
					const worker = new Worker(opensAgainAndAgain, { eval: true, workerData });
					worker.once('message', resolve).once('error', reject);
				})
		)
	);
	expect(outcomes).toEqual(['done', 'done', 'done', 'done']);
});
