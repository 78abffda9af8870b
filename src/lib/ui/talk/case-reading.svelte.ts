// An order's conversation on the page of whoever decides its dispute: what is new at the node is asked for as it comes, and
// opened once the reader's keys are open and one of the two let them read.
import { untrack } from 'svelte';
import { conversationId } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { live } from '#lib/client/live.svelte.ts';
import type { TalkPlace } from '#lib/client/talk/reader.ts';
import type { Reading } from '#lib/client/talk/reading.ts';
import { nothingGranted, type ReadingState } from '#lib/client/talk/states.ts';
import { explain } from '#lib/ui/explain.ts';
import { ensureKeys } from '#lib/ui/keys-dialog.svelte.ts';

/**
 * Which conversation, and who reads it. `arbitrators`: everybody who was drawn for the case. `verify` throws where what the
 * node says of the parties cannot be. `erasable`: what its authors ask to forget is forgotten.
 */
export type WantedReading = {
	viewer: Wallet;
	place: TalkPlace;
	arbitrators: readonly Wallet[];
	verify?: () => Promise<void>;
	erasable?: boolean;
};

export class CaseReading {
	readonly #wanted: () => WantedReading | null;
	/** Told apart by value: with each change of an order its place is another object. */
	readonly #id = $derived.by(() => {
		const wanted = this.#wanted();
		return wanted && conversationId(wanted.place.conversation);
	});
	readonly #viewer = $derived.by(() => this.#wanted()?.viewer ?? null);
	readonly #erasable = $derived.by(() => this.#wanted()?.erasable ?? false);

	readonly #row = live('conversation', () => (this.#id === null ? null : { id: this.#id }));
	readonly #heads = ([0, 1] as const).map((at) =>
		live('keyHead', () => {
			const wallet = this.#id === null ? undefined : this.#wanted()?.place.parties[at];
			return wallet === undefined ? null : { wallet };
		})
	);
	readonly #epochs = $derived(this.#heads.map(({ data }) => data?.epoch ?? 0).join());

	#talk = $state.raw<Reading | null>(null);
	#state = $state.raw<ReadingState>(nothingGranted);
	#failure = $state('');
	#isLocked = $state(false);

	/** Made where a component is set up, and ends with it. @param wanted null while there is nothing to read */
	constructor(wanted: () => WantedReading | null) {
		this.#wanted = wanted;
		$effect(() => {
			if (this.#id === null || this.#viewer === null) return;
			untrack(() => void this.#findKeys());
			return () => untrack(() => this.#end());
		});
		$effect(() => {
			void this.rev;
			void this.#talk?.look();
		});
		$effect(() => {
			const people = this.#wanted()?.arbitrators ?? [];
			this.#talk?.setArbitrators(people);
		});
		$effect(() => {
			if (this.#erasable) this.#talk?.forgetWhatIsAsked();
		});
		let lastEpochs: string | undefined;
		$effect(() => {
			const epochs = this.#epochs;
			if (lastEpochs !== undefined && epochs !== lastEpochs) this.#talk?.keysChanged();
			if (this.#heads.every(({ status }) => status === 'live')) lastEpochs = epochs;
		});
	}

	/** What reads it, once the reader's keys are open; null before. */
	get talk(): Reading | null {
		return this.#talk;
	}

	/** What is shown of it; `nothingGranted` before the reader's keys are open. */
	get state(): ReadingState {
		return this.#state;
	}

	/** Whether the reader's keys were looked for, and are not open. */
	get isLocked(): boolean {
		return this.#isLocked;
	}

	/** Rises with every message, copy of a key and piece of evidence that the node takes. */
	get rev(): number {
		return this.#row.data?.rev ?? 0;
	}

	/** Messages that the node has, opened or not. */
	get count(): number {
		return this.#row.data?.count ?? 0;
	}

	/** Why nothing can be read now, as a sentence; empty where it can. */
	get trouble(): string {
		return this.#failure || (this.#state.failure && explain(this.#state.failure));
	}

	/**
	 * What reads it, with keys asked for where that is needed; null where the person closed the dialog, and where nothing can
	 * be read: see {@link trouble}.
	 */
	async open(): Promise<Reading | null> {
		const viewer = this.#viewer;
		this.#failure = '';
		try {
			const ring = viewer && (await ensureKeys(viewer));
			return ring && (await this.#begin(ring));
		} catch (error) {
			const { failureOf } = await import('#lib/client/failure.ts');
			this.#failure = explain(failureOf(error).code);
			return null;
		}
	}

	/** Opens it where the keys are open already; asks nobody. */
	async #findKeys(): Promise<void> {
		const [{ keyringOf }, { failureOf }] = await Promise.all([
			import('#lib/client/keys.svelte.ts'),
			import('#lib/client/failure.ts')
		]);
		try {
			if (this.#viewer === null) return;
			const ring = keyringOf(this.#viewer);
			if ((await ring.load()) === 'open' && !ring.unsigned) await this.#begin(ring);
			this.#isLocked = this.#talk === null;
		} catch (error) {
			this.#failure = explain(failureOf(error).code);
		}
	}

	async #begin(ring: Keyring): Promise<Reading | null> {
		const id = this.#id;
		await this.#wanted()?.verify?.();
		const { Reading } = await import('#lib/client/talk/reading.ts');
		const wanted = this.#wanted();
		// The page went on to another case meanwhile.
		if (wanted === null || this.#id !== id || wanted.viewer !== ring.wallet) return null;
		this.#isLocked = false;
		return (this.#talk ??= new Reading(ring, wanted.place, (state) => (this.#state = state)));
	}

	#end(): void {
		this.#talk?.end();
		this.#talk = null;
		this.#state = nothingGranted;
		this.#failure = '';
		this.#isLocked = false;
	}
}
