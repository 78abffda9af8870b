// The private notes on a case and the reasons while they are written, as runes state: sealed and kept at the node as they
// are typed.
import { untrack } from 'svelte';
import { page } from '$app/state';
import type { NotedOrder } from '#lib/client/case-notes.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import type { KeptState, NotesKeeper } from '#lib/client/notes-keeper.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { explain } from '#lib/ui/explain.ts';
import { ensureKeys } from '#lib/ui/keys-dialog.svelte.ts';

export class NotesState {
	readonly #viewer: () => Wallet | null;
	readonly #order: () => NotedOrder | null;
	#ring = $state.raw<Keyring | null>(null);
	/** Null until what was kept before is here. */
	#keeper = $state.raw<NotesKeeper | null>(null);
	#kept = $state.raw<KeptState | null>(null);
	#isLocked = $state(false);
	#notes = $state('');
	#reasons = $state('');
	/** The code of why what was kept before is not here. */
	#failure = $state('');

	/** Made where a component is set up. */
	constructor(viewer: () => Wallet | null, order: () => NotedOrder | null) {
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
			if (ring?.status === 'open' && !ring.unsigned) untrack(() => void this.#read(ring));
		});
	}

	/** The keys were looked for, and are not open. */
	get isLocked(): boolean {
		return this.#isLocked;
	}

	/** What was kept before is here: only then something can be kept. */
	get isRead(): boolean {
		return this.#keeper !== null;
	}

	get savedAt(): number | null {
		return this.#kept?.savedAt ?? null;
	}

	/** Another device kept something else meanwhile. */
	get isBehind(): boolean {
		return this.#kept?.isBehind ?? false;
	}

	/** What is written is in this page alone, and stays there until something is done about it. */
	get isLoose(): boolean {
		if (this.#kept === null) return this.#reasons !== '';
		return !this.#kept.isKept && (this.#kept.isBehind || this.#kept.failure !== '');
	}

	/** Why it is not kept, or not here, as a sentence. */
	get failure(): string {
		const code = this.#failure || this.#kept?.failure;
		return code ? explain(code) : '';
	}

	get notes(): string {
		return this.#notes;
	}
	set notes(text: string) {
		this.#notes = text;
		this.#write();
	}

	get reasons(): string {
		return this.#reasons;
	}
	set reasons(text: string) {
		this.#reasons = text;
		this.#write();
	}

	/** Opens what was kept, with keys asked for where that is needed. */
	async open(): Promise<void> {
		const viewer = this.#viewer();
		const ring = viewer && (await ensureKeys(viewer));
		if (ring) this.#ring = ring;
	}

	/** Does again what failed. */
	async retry(): Promise<void> {
		if (this.#keeper !== null) return this.#keeper.keep();
		if (this.#ring?.status === 'open' && !this.#ring.unsigned) return this.#read(this.#ring);
		await this.#find();
	}

	/** Keeps what is written without waiting, where that can be: see {@link isLoose}. */
	async keep(): Promise<void> {
		await this.#keeper?.keep();
	}

	/** Takes what another device kept, in the place of what is here. */
	async takeTheirs(): Promise<void> {
		const keeper = this.#keeper;
		if (keeper === null) return;
		await this.#try(async () => {
			const { notes, reasons } = await keeper.read();
			[this.#notes, this.#reasons] = [notes, reasons];
		});
	}

	/** Keeps what is here, in the place of what another device kept. */
	async keepMine(): Promise<void> {
		await this.#keeper?.keepMine();
	}

	async #find(): Promise<void> {
		const viewer = this.#viewer();
		if (viewer === null) return;
		await this.#try(async () => {
			const { keyringOf } = await import('#lib/client/keys.svelte.ts');
			const ring = keyringOf(viewer);
			this.#isLocked = (await ring.load()) !== 'open' || ring.unsigned;
			this.#ring = ring;
		});
	}

	async #read(ring: Keyring): Promise<void> {
		const order = this.#order();
		if (this.#keeper !== null || order === null) return;
		await this.#try(async () => {
			const [{ notesOf }, { NotesKeeper }] = await Promise.all([
				import('#lib/client/case-notes.ts'),
				import('#lib/client/notes-keeper.ts')
			]);
			const keeper = new NotesKeeper(notesOf(ring, order), (state) => {
				if (this.#keeper === keeper) this.#kept = state;
			});
			const { notes, reasons } = await keeper.read();
			// The page went on to another case, or another reader, meanwhile; or it was read twice.
			if (this.#keeper !== null || this.#order()?._id !== order._id || this.#viewer() !== ring.wallet) return;
			[this.#keeper, this.#isLocked] = [keeper, false];
			// What was written before the keys were open is nowhere else.
			const typed = this.#reasons;
			[this.#notes, this.#reasons] = [notes, [reasons, typed].filter(Boolean).join('\n\n')];
			if (typed !== '') this.#write();
		});
	}

	#write(): void {
		this.#keeper?.write({ notes: this.#notes, reasons: this.#reasons });
	}

	async #try(work: () => Promise<void>): Promise<void> {
		this.#failure = '';
		try {
			await work();
		} catch (error) {
			const { failureOf } = await import('#lib/client/failure.ts');
			this.#failure = failureOf(error).code;
		}
	}

	#end(): void {
		const [keeper, wallet] = [this.#keeper, this.#ring?.wallet];
		// What was typed last is kept, whatever page comes next: but never in the name of whoever signed in instead.
		if (keeper !== null)
			queueMicrotask(() => {
				if (page.data.viewer?.wallet === wallet) void keeper.keep();
				else keeper.drop();
			});
		[this.#ring, this.#keeper, this.#kept, this.#isLocked] = [null, null, null, false];
		[this.#notes, this.#reasons, this.#failure] = ['', '', ''];
	}
}
