import { statfs } from 'node:fs/promises';
import { LaunchError } from '#lib/server/start-failure.ts';

/** Less than this, and a node would stop within hours, in the middle of something. */
const leastBytes = 64 * 1024 * 1024;

/**
 * Refuses a folder whose disk is almost full, before anything is begun that could not be finished.
 * @throws {LaunchError}
 */
export async function requireSpace(folder: string, bytes = leastBytes): Promise<void> {
	const { bavail, bsize } = await statfs(folder);
	if (bavail * bsize >= bytes) return;
	const mebibytes = (value: number) => Math.floor(value / 1024 / 1024);
	throw new LaunchError(
		`The disk of ${folder} has ${mebibytes(bavail * bsize)} MiB left and a node needs ${mebibytes(bytes)}: free some space, or set HOLDFAST_DATA to a folder on another disk.`
	);
}
