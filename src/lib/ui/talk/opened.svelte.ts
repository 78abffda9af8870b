// What opens a conversation for a page, whoever reads it: the reader's keys are looked for, and asked for where that is
// needed; what they open ends with the page, or with its going on to another conversation.
import { untrack } from 'svelte';
import { conversationId } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { live } from '#lib/client/live.svelte.ts';
import type { TalkPlace, TalkReader } from '#lib/client/talk/reader.ts';
import type { ReaderState } from '#lib/client/talk/states.ts';
import { explain } from '#lib/ui/explain.ts';
import { ensureKeys } from '#lib/ui/keys-dialog.svelte.ts';

/**
 * Which conversation, and who reads it. `verify` throws where what the node says of the parties cannot be. `erasable`: what
 * its authors ask to forget is forgotten.
 */
export type Wanted = {
	viewer: Wallet;
	place: TalkPlace;
	verify?: () => Promise<void>;
	erasable?: boolean;
};

export abstract class OpenedConversation<W extends Wanted, S extends ReaderState, T extends TalkReader<S>> {
	protected readonly wanted: () => W | null;
	readonly #nothing: S;
	readonly #make: () => Promise<new (ring: Keyring, place: TalkPlace, tell: (state: S) => void) => T>;
	/** Told apart by value: with each change of an order its place is another object. */
	readonly #id = $derived.by(() => {
		const wanted = this.wanted();
		return wanted && conversationId(wanted.place.conversation);
	});
	readonly #viewer = $derived.by(() => this.wanted()?.viewer ?? null);
	protected readonly row = live('conversation', () => (this.#id === null ? null : { id: this.#id }));

	#talk = $state.raw<T | null>(null);
	#state: S;
	#failure = $state('');
	#isLocked = $state(false);

	/**
	 * @param wanted null while there is nothing to read
	 * @param nothing the state before the keys are open
	 * @param make loads what reads it: heavy
	 */
	constructor(
		wanted: () => W | null,
		nothing: S,
		make: () => Promise<new (ring: Keyring, place: TalkPlace, tell: (state: S) => void) => T>
	) {
		this.wanted = wanted;
		this.#nothing = nothing;
		this.#make = make;
		this.#state = $state.raw(nothing);
		$effect(() => {
			if (this.#id === null || this.#viewer === null) return;
			untrack(() => void this.#findKeys());
			return () => untrack(() => this.#end());
		});
	}

	/** As `conversationId` writes it; null while there is nothing to read. */
	get id(): string | null {
		return this.#id;
	}

	/** Whoever reads it; null while there is nothing to read. */
	protected get viewer(): Wallet | null {
		return this.#viewer;
	}

	/** What reads it, once the reader's keys are open; null before. */
	get talk(): T | null {
		return this.#talk;
	}

	/** What is shown of it. */
	get state(): S {
		return this.#state;
	}

	/** Whether the reader's keys were looked for, and are not open. */
	get isLocked(): boolean {
		return this.#isLocked;
	}

	/** Messages that the node has, opened or not. */
	get count(): number {
		return this.row.data?.count ?? 0;
	}

	/** Why nothing can be read or written now, as a sentence; empty where it can. */
	get trouble(): string {
		return this.#failure || (this.#state.failure && explain(this.#state.failure));
	}

	/** What reads it, with keys asked for where that is needed; null where the person closed the dialog. */
	async open(): Promise<T | null> {
		const ring = this.#viewer && (await ensureKeys(this.#viewer));
		this.#failure = '';
		return ring && this.#begin(ring);
	}

	/** Shows why it could not be opened. */
	protected async failed(error: unknown): Promise<void> {
		const { failureOf } = await import('#lib/client/failure.ts');
		this.#failure = explain(failureOf(error).code);
	}

	/** Opens it where the keys are open already; asks nobody. */
	async #findKeys(): Promise<void> {
		const { keyringOf } = await import('#lib/client/keys.svelte.ts');
		try {
			if (this.#viewer === null) return;
			const ring = keyringOf(this.#viewer);
			if ((await ring.load()) === 'open' && !ring.unsigned) await this.#begin(ring);
			this.#isLocked = this.#talk === null;
		} catch (error) {
			await this.failed(error);
		}
	}

	async #begin(ring: Keyring): Promise<T | null> {
		const id = this.#id;
		await this.wanted()?.verify?.();
		const Reader = await this.#make();
		const wanted = this.wanted();
		// The page went on to another conversation meanwhile.
		if (wanted === null || this.#id !== id || wanted.viewer !== ring.wallet) return null;
		this.#isLocked = false;
		return (this.#talk ??= new Reader(ring, wanted.place, (state) => (this.#state = state)));
	}

	#end(): void {
		this.#talk?.end();
		this.#talk = null;
		this.#state = this.#nothing;
		this.#failure = '';
		this.#isLocked = false;
	}
}
