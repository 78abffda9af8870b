// The private notes on a case and the reasons while they are written: sealed and kept at the node as they are typed.
import { untrack } from 'svelte';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import { explain } from '#lib/ui/explain.ts';
import { ensureKeys } from '#lib/ui/keys-dialog.svelte.ts';

/** How long nothing is typed before it is kept; ms. */
const pause = 800;

export class NotesState {
	readonly #viewer: () => Wallet | null;
	readonly #order: () => Pick<OrderDocument, '_id' | 'chainId' | 'orderId'> | null;
	#ring = $state.raw<Keyring | null>(null);
	#isLocked = $state(false);
	#isRead = $state(false);
	#notes = $state('');
	#reasons = $state('');
	#savedAt = $state<number | null>(null);
	#failure = $state('');
	/** Another device kept something else meanwhile. */
	#isBehind = $state(false);
	#revision = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#keeping: Promise<void> = Promise.resolve();

	/** Made where a component is set up. */
	constructor(viewer: () => Wallet | null, order: () => Pick<OrderDocument, '_id' | 'chainId' | 'orderId'> | null) {
		this.#viewer = viewer;
		this.#order = order;
		const id = $derived(order()?._id ?? null);
		$effect(() => {
			if (id === null || viewer() === null) return;
			untrack(() => void this.#find());
			return () => untrack(() => this.#end());
		});
		$effect(() => {
			const ring = this.#ring;
			// Whatever on the page asked for them, they are open for the notes too.
			if (ring?.status === 'open' && !ring.unsigned && !this.#isRead) untrack(() => void this.#read(ring));
		});
	}

	/** The keys were looked for, and are not open. */
	get isLocked(): boolean {
		return this.#isLocked;
	}

	/** What was kept before is here: only then something can be written. */
	get isRead(): boolean {
		return this.#isRead;
	}

	get savedAt(): number | null {
		return this.#savedAt;
	}

	get isBehind(): boolean {
		return this.#isBehind;
	}

	/** Why it is not kept, as a sentence. */
	get failure(): string {
		return this.#failure;
	}

	get notes(): string {
		return this.#notes;
	}
	set notes(text: string) {
		this.#notes = text;
		this.#soon();
	}

	get reasons(): string {
		return this.#reasons;
	}
	set reasons(text: string) {
		this.#reasons = text;
		// Before the keys are open it is in this page alone.
		if (this.#isRead) this.#soon();
	}

	/** Opens what was kept, with keys asked for where that is needed. */
	async open(): Promise<void> {
		const viewer = this.#viewer();
		const ring = viewer && (await ensureKeys(viewer));
		if (ring) this.#ring = ring;
	}

	/** Takes what another device kept, in the place of what is here. */
	async takeTheirs(): Promise<void> {
		if (this.#ring !== null) await this.#read(this.#ring);
	}

	/** Keeps what is here, in the place of what another device kept. */
	async keepMine(): Promise<void> {
		const order = this.#order();
		if (this.#ring === null || order === null) return;
		const { readNotes } = await import('#lib/client/case-notes.ts');
		this.#revision = (await readNotes(this.#ring, order)).revision;
		this.#isBehind = false;
		this.#soon();
	}

	async #find(): Promise<void> {
		const viewer = this.#viewer();
		if (viewer === null) return;
		try {
			const { keyringOf } = await import('#lib/client/keys.svelte.ts');
			const ring = keyringOf(viewer);
			this.#isLocked = (await ring.load()) !== 'open' || ring.unsigned;
			this.#ring = ring;
		} catch (error) {
			await this.#fail(error);
		}
	}

	async #read(ring: Keyring): Promise<void> {
		const order = this.#order();
		if (order === null) return;
		try {
			const { readNotes } = await import('#lib/client/case-notes.ts');
			const { revision, notes, reasons } = await readNotes(ring, order);
			this.#revision = revision;
			this.#notes = notes;
			// Written before the keys were open, and nowhere else.
			if (reasons !== '' || this.#isRead) this.#reasons = reasons;
			[this.#isRead, this.#isLocked, this.#isBehind, this.#failure] = [true, false, false, ''];
		} catch (error) {
			await this.#fail(error);
		}
	}

	#soon(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => (this.#keeping = this.#keeping.then(() => this.#keep())), pause);
	}

	async #keep(): Promise<void> {
		const [ring, order] = [this.#ring, this.#order()];
		if (ring === null || order === null || this.#isBehind) return;
		const { keepNotes } = await import('#lib/client/case-notes.ts');
		const next = { revision: this.#revision + 1, notes: this.#notes, reasons: this.#reasons };
		try {
			await keepNotes(ring, order, next);
			this.#revision = next.revision;
			this.#savedAt = Date.now();
			this.#failure = '';
		} catch (error) {
			await this.#fail(error);
		}
	}

	async #fail(error: unknown): Promise<void> {
		const { failureOf } = await import('#lib/client/failure.ts');
		const { code } = failureOf(error);
		if (code === 'out-of-step') this.#isBehind = true;
		else this.#failure = explain(code);
	}

	#end(): void {
		clearTimeout(this.#timer);
		// What was typed last is kept, whatever page comes next.
		if (this.#timer !== undefined && this.#isRead) void this.#keep();
		[this.#ring, this.#isRead, this.#isLocked] = [null, false, false];
	}
}
