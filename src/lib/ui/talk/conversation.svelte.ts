// A conversation that a page is about: its live data, and the talk that opens it once the viewer's keys are open. Shared
// by all that a page shows of it: the messages, and whatever is agreed or handed over in them.
import type { Wallet } from '#lib/domain/order.ts';
import { live } from '#lib/client/live.svelte.ts';
import { nothingYet, type TalkState } from '#lib/client/talk/states.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { OpenedConversation, type Wanted } from './opened.svelte.ts';

/**
 * `arbitrators`: whoever was drawn for the order, who may hold copies of its keys; `deciding`: who of them may read what is
 * said now.
 */
export type WantedConversation = Wanted & {
	arbitrators?: readonly Wallet[];
	deciding?: readonly Wallet[];
};

export class ConversationState extends OpenedConversation<WantedConversation, TalkState, Talk> {
	readonly #partner = $derived.by(() => {
		const wanted = this.wanted();
		return wanted && (wanted.place.parties.find((wallet) => wallet !== wanted.viewer) ?? wanted.viewer);
	});

	readonly #erasable = $derived.by(() => this.wanted()?.erasable ?? false);

	readonly #messages = live('messages', () => (this.id === null ? null : { conversation: this.id }));
	readonly #sets = live('orderKeys', () => (this.id === null ? null : { conversation: this.id }));
	readonly #head = live('keyHead', () => (this.#partner === null ? null : { wallet: this.#partner }));

	/** Made where a component is set up, and ends with it. @param wanted null while nothing can be talked about */
	constructor(wanted: () => WantedConversation | null) {
		super(wanted, nothingYet, async () => (await import('#lib/client/talk/talk.ts')).Talk);
		$effect(() => {
			const { arbitrators = [], deciding = [] } = this.wanted() ?? {};
			this.talk?.setArbitrators(arbitrators);
			this.talk?.setLeft(arbitrators.filter((wallet) => !deciding.includes(wallet)));
		});
		$effect(() => {
			const [messages, sets] = [this.#messages, this.#sets];
			if (messages.status === 'live' && sets.status === 'live') this.talk?.feed(messages.data, sets.data);
		});
		$effect(() => {
			if (this.#erasable) this.talk?.forgetWhatIsAsked();
		});
		let lastEpoch: number | undefined;
		$effect(() => {
			const epoch = this.#head.data?.epoch ?? 0;
			if (lastEpoch !== undefined && epoch !== lastEpoch) this.talk?.keysChanged();
			if (this.#head.status === 'live') lastEpoch = epoch;
		});
	}

	/** Whether the other side has keys, as the node says; undefined while that is not known. */
	get otherHasKeys(): boolean | undefined {
		return this.#head.status === 'live' ? (this.#head.data?.epoch ?? 0) > 0 : undefined;
	}

	/** Whether the messages that the node has are known to be read, or not to be: see `live`. */
	get known(): boolean {
		return this.row.status === 'live';
	}

	/** How many of the messages the viewer has not read. */
	get unread(): number {
		return this.row.data?.unread ?? 0;
	}

	/** Who holds copies of keys that the viewer made, on whichever device, as the node says; undefined while that is not known. */
	get given(): readonly Wallet[] | undefined {
		if (this.#sets.status !== 'live') return undefined;
		const own = this.#sets.data.filter(({ maker }) => maker === this.viewer);
		return own.flatMap(({ wraps }) => wraps.map(({ holder }) => holder));
	}
}
