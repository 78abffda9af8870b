/**
 * Files of others to this person's disk: in constant memory where the browser writes files itself, else by way of its own
 * private file system, else through memory. Heavy: import it when somebody wants a file.
 */
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { downloadBlob, downloadTo } from '#lib/client/download.ts';

export type SaveOptions = {
	signal: AbortSignal;
	/** Bytes of ciphertext that are here. */
	onprogress: (received: number) => void;
};

type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/** The most that goes through memory, in bytes. */
const memoryLimit = 512 * 1024 * 1024;
/** Neither opened by the browser nor by what it hands the file to. */
const opaque = 'application/octet-stream';

/** In the private file system: what is on its way to the person's disk. */
const folderName = 'downloads';
/** How long the browser has to take a file from there: a minute, and one second for this many bytes more. */
const handover = { least: 60_000, bytesPerSecond: 5_000_000 };
/** After how long what stands there is taken for left behind, in milliseconds. */
const leftAfter = 3_600_000;

/**
 * Fetches a file, checks it, and gives it to the person to keep. To be called by a press: a browser asks where to only then.
 * @returns false where the person would not say where to
 * @throws {FileRefused} and nothing is kept @throws {TooLargeToOpen} {NodeUnreachable} {DomainError} @throws the signal's reason
 */
export async function saveFile(file: ManifestFile, options: SaveOptions): Promise<boolean> {
	const parts = { fetch, run: inWorker, ...options };
	const chosen = await askWhere(file.name);
	if (chosen === 'nowhere') return false;
	if (chosen !== null) {
		await downloadTo(file, await chosen.createWritable(), parts);
		return true;
	}
	const own = await openOwn(file.size);
	if (own === null) {
		offer(await downloadBlob(file, parts, { limit: memoryLimit, type: opaque }), file.name);
		return true;
	}
	try {
		await downloadTo(file, own.sink, parts);
	} catch (error) {
		await own.remove();
		throw error;
	}
	const blob = await own.handle.getFile();
	offer(blob.slice(0, blob.size, opaque), file.name);
	setTimeout(() => void own.remove(), handover.least + (file.size / handover.bytesPerSecond) * 1000);
	return true;
}

/** The same in memory, as a blob of the type that its sender says. @throws as {@link saveFile} */
export function readFile(file: ManifestFile, options: SaveOptions): Promise<Blob> {
	const parts = { fetch, run: inWorker, ...options };
	return downloadBlob(file, parts, { limit: memoryLimit, type: file.type });
}

/** Where the person wants the file; null where this browser does not ask. */
async function askWhere(name: string): Promise<FileSystemFileHandle | 'nowhere' | null> {
	const { showSaveFilePicker } = globalThis as { showSaveFilePicker?: SavePicker };
	if (showSaveFilePicker === undefined) return null;
	try {
		return await showSaveFilePicker.call(globalThis, { suggestedName: name });
	} catch (error) {
		// Said no; else the browser does not ask here, or not by this name.
		return error instanceof DOMException && error.name === 'AbortError' ? 'nowhere' : null;
	}
}

type OwnFile = { handle: FileSystemFileHandle; sink: WritableStream<Bytes>; remove: () => Promise<void> };

/** A file of this page's own; null where there is no room, or no such file system. */
async function openOwn(size: number): Promise<OwnFile | null> {
	try {
		const { quota = 0, usage = 0 } = await navigator.storage.estimate();
		if (quota - usage < size) return null;
		const root = await navigator.storage.getDirectory();
		const folder = await root.getDirectoryHandle(folderName, { create: true });
		await sweep(folder);
		const name = crypto.randomUUID();
		const handle = await folder.getFileHandle(name, { create: true });
		const remove = () => folder.removeEntry(name).catch(() => undefined);
		return { handle, sink: await handle.createWritable(), remove };
	} catch {
		return null;
	}
}

/** Removes what pages left there that were closed too early. */
async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
	for await (const entry of folder.values()) {
		if (entry.kind !== 'file') continue;
		const { lastModified } = await entry.getFile();
		if (lastModified < Date.now() - leftAfter) await folder.removeEntry(entry.name).catch(() => undefined);
	}
}

/** Removes all that saving left in this browser: on signing out. */
export async function forgetSaved(): Promise<void> {
	try {
		const root = await navigator.storage.getDirectory();
		await root.removeEntry(folderName, { recursive: true });
	} catch {
		// Nothing was ever saved so, or it is being saved now and removed then.
	}
}

function offer(blob: Blob, name: string): void {
	const url = URL.createObjectURL(blob);
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), handover.least + (blob.size / handover.bytesPerSecond) * 1000);
}
