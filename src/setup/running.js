import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { identify, runningProcess } from './processes.js';

// Beside the packages, because it is about them: who removes the packages removes the notes too.
const folder = fileURLToPath(new URL('../../node_modules/.holdfast/', import.meta.url));

/**
 * Notes that this process runs on the packages and the build of this clone.
 * @returns {Promise<() => Promise<void>>} takes the note back.
 */
export async function registerNode() {
	const file = `${folder}${process.pid}`;
	await mkdir(folder, { recursive: true });
	await writeFile(file, (await identify(process.pid)) ?? '');
	return () => rm(file, { force: true });
}

/**
 * Whether a node runs on the packages and the build of this clone. Notes of nodes that were killed are removed.
 * @returns {Promise<boolean>}
 */
export async function nodeIsRunning() {
	const files = (await readdir(folder).catch(() => [])).map((name) => folder + name);
	const pids = await Promise.all(files.map(runningProcess));
	await Promise.all(files.filter((_, index) => pids[index] === undefined).map((file) => rm(file, { force: true })));
	return pids.some((pid) => pid !== undefined);
}
