/**
 * Keeps what is written on one case as it is typed: one save after the other, none of what is kept already, and nothing in
 * the place of what another device kept meanwhile.
 */
import type { CaseNotes } from '#lib/crypto/case-notes.ts';
import { failureOf } from '#lib/client/failure.ts';

export type StoredNotes = CaseNotes & { revision: number };

/** Where the notes of one wallet on one case are kept. */
export type NotesStore = {
	/** Revision 0 where there are none yet. @throws {ActionError} `keys-locked` @throws {Unreadable} {DomainError} */
	read(): Promise<StoredNotes>;
	/** Keeps them in the place of `revision - 1`. @throws {ActionError} `keys-locked` @throws {DomainError} `out-of-step` */
	keep(notes: StoredNotes): Promise<void>;
};

/** How what is written stands to what is kept. */
export type KeptState = {
	/** What is written is kept, to the last letter. */
	isKept: boolean;
	/** In milliseconds since 1970; null before the first time. */
	savedAt: number | null;
	/** Another device kept something else meanwhile. */
	isBehind: boolean;
	/** The code of why it is not kept; empty where nothing failed. */
	failure: string;
};

export const nothingWritten: KeptState = { isKept: true, savedAt: null, isBehind: false, failure: '' };

/** How long nothing is typed before it is kept; ms. */
const pause = 800;

export class NotesKeeper {
	readonly #store: NotesStore;
	readonly #tell: (state: KeptState) => void;
	#state = nothingWritten;
	#written: CaseNotes = { notes: '', reasons: '' };
	#revision = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#work: Promise<void> = Promise.resolve();

	/** @param tell is given the state whenever it is another */
	constructor(store: NotesStore, tell: (state: KeptState) => void) {
		this.#store = store;
		this.#tell = tell;
	}

	/** What is kept, which is what is written from now on. @throws what `NotesStore.read` throws */
	async read(): Promise<CaseNotes> {
		const { revision, notes, reasons } = await this.#store.read();
		[this.#revision, this.#written] = [revision, { notes, reasons }];
		this.#change({ isKept: true, isBehind: false, failure: '' });
		return this.#written;
	}

	/** Takes what is written now, and keeps it once nothing more is typed. */
	write(written: CaseNotes): void {
		this.#written = written;
		this.#change({ isKept: false });
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.keep(), pause);
	}

	/** Keeps what is written, if it is not; the state says whether that went well. */
	keep(): Promise<void> {
		clearTimeout(this.#timer);
		return (this.#work = this.#work.then(() => this.#keep()));
	}

	/** Keeps what is written here in the place of what another device kept. */
	async keepMine(): Promise<void> {
		try {
			({ revision: this.#revision } = await this.#store.read());
		} catch (error) {
			return this.#fail(error);
		}
		this.#change({ isBehind: false });
		await this.keep();
	}

	/** Keeps nothing more. */
	drop(): void {
		clearTimeout(this.#timer);
		this.#change({ isKept: true });
	}

	async #keep(): Promise<void> {
		if (this.#state.isKept || this.#state.isBehind) return;
		const written = this.#written;
		const revision = this.#revision + 1;
		try {
			await this.#store.keep({ revision, ...written });
		} catch (error) {
			return this.#fail(error);
		}
		this.#revision = revision;
		// What was typed meanwhile has a timer of its own.
		this.#change({ isKept: written === this.#written, savedAt: Date.now(), failure: '' });
	}

	#fail(error: unknown): void {
		const { code } = failureOf(error);
		this.#change(code === 'out-of-step' ? { isBehind: true, failure: '' } : { failure: code });
	}

	#change(change: Partial<KeptState>): void {
		this.#state = { ...this.#state, ...change };
		this.#tell(this.#state);
	}
}
