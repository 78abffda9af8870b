import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file so that after any interruption, the power's among them, it holds all of the old or all of the new. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
	const draft = `${path}.draft`;
	const file = await open(draft, 'w', 0o600);
	try {
		await file.writeFile(content);
		await file.datasync();
	} finally {
		await file.close();
	}
	await rename(draft, path);
	const folder = await open(dirname(path));
	// The new name is only certain once the folder is on the disk; Windows cannot be asked for it.
	await folder.sync().catch(() => {});
	await folder.close();
}
