/**
 * Files on their way to this person, each by what it is and not by where it is shown: what scrolls away is not drawn any
 * more, and a file that is being saved there goes on for as long as the page lives. Light: what fetches is loaded on intent.
 */
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { SaveOptions } from '#lib/client/save-file.ts';

export class Download {
	#work = $state.raw<AbortController | null>(null);
	#received = $state(0);
	#isSaved = $state(false);
	#failure = $state.raw<unknown>(null);

	get busy(): boolean {
		return this.#work !== null;
	}

	/** Bytes of ciphertext that are here. */
	get received(): number {
		return this.#received;
	}

	/** Whether the person has it, and nothing was asked since. */
	get isSaved(): boolean {
		return this.#isSaved;
	}

	/** What ended the last attempt, if it was not the person; null where nothing did. */
	get failure(): unknown {
		return this.#failure;
	}

	/** Gives the file to the person to keep. @returns whether it came to its end */
	save(file: ManifestFile): Promise<boolean> {
		return this.run(async (options) => {
			const { saveFile } = await import('#lib/client/save-file.ts');
			return (this.#isSaved = await saveFile(file, options));
		});
	}

	/** Fetches it for something else: one thing at a time. @returns whether `work` came to its end, as it says */
	async run(work: (options: SaveOptions) => Promise<boolean>): Promise<boolean> {
		if (this.#work !== null) return false;
		const mine = new AbortController();
		[this.#work, this.#received, this.#failure, this.#isSaved] = [mine, 0, null, false];
		try {
			return await work({ signal: mine.signal, onprogress: (received) => (this.#received = received) });
		} catch (error) {
			if (!mine.signal.aborted) this.#failure = error;
			return false;
		} finally {
			this.#work = null;
		}
	}

	cancel(): void {
		this.#work?.abort();
	}
}

let downloads: Record<string, Download> = {};

/** The download of a stored file: one for the page. */
export function downloadOf(cid: string): Download {
	return (downloads[cid] ??= new Download());
}

/** Ends whatever is on its way: on signing out. */
export function endDownloads(): void {
	for (const download of Object.values(downloads)) download.cancel();
	downloads = {};
}
