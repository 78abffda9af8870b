// An order's conversation on the page of whoever decides its dispute: what is new at the node is asked for as it comes, and
// opened once the reader's keys are open and one of the two let them read.
import type { Wallet } from '#lib/domain/order.ts';
import { live } from '#lib/client/live.svelte.ts';
import type { Reading } from '#lib/client/talk/reading.ts';
import { nothingGranted, type ReadingState } from '#lib/client/talk/states.ts';
import { OpenedConversation, type Wanted } from './opened.svelte.ts';

/** `arbitrators`: everybody who was drawn for the case. */
export type WantedReading = Wanted & { arbitrators: readonly Wallet[] };

export class CaseReading extends OpenedConversation<WantedReading, ReadingState, Reading> {
	readonly #erasable = $derived.by(() => this.wanted()?.erasable ?? false);
	readonly #heads = ([0, 1] as const).map((at) =>
		live('keyHead', () => {
			const wallet = this.id === null ? undefined : this.wanted()?.place.parties[at];
			return wallet === undefined ? null : { wallet };
		})
	);
	readonly #epochs = $derived(this.#heads.map(({ data }) => data?.epoch ?? 0).join());

	/** Made where a component is set up, and ends with it. @param wanted null while there is nothing to read */
	constructor(wanted: () => WantedReading | null) {
		super(wanted, nothingGranted, async () => (await import('#lib/client/talk/reading.ts')).Reading);
		$effect(() => {
			void this.rev;
			void this.talk?.look();
		});
		$effect(() => {
			const people = this.wanted()?.arbitrators ?? [];
			this.talk?.setArbitrators(people);
		});
		$effect(() => {
			if (this.#erasable) this.talk?.forgetWhatIsAsked();
		});
		let lastEpochs: string | undefined;
		$effect(() => {
			const epochs = this.#epochs;
			if (lastEpochs !== undefined && epochs !== lastEpochs) this.talk?.keysChanged();
			if (this.#heads.every(({ status }) => status === 'live')) lastEpochs = epochs;
		});
	}

	/** Rises with every message, copy of a key and piece of evidence that the node takes. */
	get rev(): number {
		return this.row.data?.rev ?? 0;
	}

	/** As elsewhere, and null too where nothing can be read: see {@link trouble}. */
	override async open(): Promise<Reading | null> {
		try {
			return await super.open();
		} catch (error) {
			await this.failed(error);
			return null;
		}
	}
}
