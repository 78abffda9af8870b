// A conversation that a page is about: its live data, and the talk that opens it once the viewer's keys are open. Shared
// by all that a page shows of it: the messages, and whatever is agreed or handed over in them.
import { untrack } from 'svelte';
import { conversationId } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { live } from '#lib/client/live.svelte.ts';
import type { TalkPlace } from '#lib/client/talk/reader.ts';
import { nothingYet, type TalkState } from '#lib/client/talk/states.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { explain } from '#lib/ui/explain.ts';
import { ensureKeys } from '#lib/ui/keys-dialog.svelte.ts';

/**
 * Which conversation, and who reads it. `verify` throws where what the node says of the parties cannot be. `erasable`: what
 * its authors ask to forget is forgotten. `arbitrators`: whoever was drawn for the order, who may hold copies of its keys;
 * `deciding`: who of them may read what is said now.
 */
export type WantedConversation = {
	viewer: Wallet;
	place: TalkPlace;
	verify?: () => Promise<void>;
	erasable?: boolean;
	arbitrators?: readonly Wallet[];
	deciding?: readonly Wallet[];
};

export class ConversationState {
	readonly #wanted: () => WantedConversation | null;
	/** Told apart by value: with each change of an order its place is another object. */
	readonly #id = $derived.by(() => {
		const wanted = this.#wanted();
		return wanted && conversationId(wanted.place.conversation);
	});
	readonly #viewer = $derived.by(() => this.#wanted()?.viewer ?? null);
	readonly #partner = $derived.by(() => {
		const wanted = this.#wanted();
		return wanted && (wanted.place.parties.find((wallet) => wallet !== wanted.viewer) ?? wanted.viewer);
	});

	readonly #erasable = $derived.by(() => this.#wanted()?.erasable ?? false);

	readonly #row = live('conversation', () => (this.#id === null ? null : { id: this.#id }));
	readonly #messages = live('messages', () => (this.#id === null ? null : { conversation: this.#id }));
	readonly #sets = live('orderKeys', () => (this.#id === null ? null : { conversation: this.#id }));
	readonly #head = live('keyHead', () => (this.#partner === null ? null : { wallet: this.#partner }));

	#talk = $state.raw<Talk | null>(null);
	#talkState = $state.raw(nothingYet);
	#failure = $state('');
	#isLocked = $state(false);

	/** Made where a component is set up, and ends with it. @param wanted null while nothing can be talked about */
	constructor(wanted: () => WantedConversation | null) {
		this.#wanted = wanted;
		$effect(() => {
			if (this.#id === null || this.#viewer === null) return;
			untrack(() => void this.#findKeys());
			return () => untrack(() => this.#end());
		});
		$effect(() => {
			const { arbitrators = [], deciding = [] } = this.#wanted() ?? {};
			this.#talk?.setArbitrators(arbitrators);
			this.#talk?.setLeft(arbitrators.filter((wallet) => !deciding.includes(wallet)));
		});
		$effect(() => {
			const [messages, sets] = [this.#messages, this.#sets];
			if (messages.status === 'live' && sets.status === 'live') this.#talk?.feed(messages.data, sets.data);
		});
		$effect(() => {
			if (this.#erasable) this.#talk?.forgetWhatIsAsked();
		});
		let lastEpoch: number | undefined;
		$effect(() => {
			const epoch = this.#head.data?.epoch ?? 0;
			if (lastEpoch !== undefined && epoch !== lastEpoch) this.#talk?.keysChanged();
			if (this.#head.status === 'live') lastEpoch = epoch;
		});
	}

	/** As `conversationId` writes it; null while nothing can be talked about. */
	get id(): string | null {
		return this.#id;
	}

	/** The talk, once the viewer's keys are open; null before. */
	get talk(): Talk | null {
		return this.#talk;
	}

	/** Whether the viewer's keys were looked for, and are not open. */
	get isLocked(): boolean {
		return this.#isLocked;
	}

	/** What is shown of it; `nothingYet` before its keys are open. */
	get state(): TalkState {
		return this.#talkState;
	}

	/** Whether the other side has keys, as the node says; undefined while that is not known. */
	get otherHasKeys(): boolean | undefined {
		return this.#head.status === 'live' ? (this.#head.data?.epoch ?? 0) > 0 : undefined;
	}

	/** Whether the messages that the node has are known to be read, or not to be: see `live`. */
	get known(): boolean {
		return this.#row.status === 'live';
	}

	/** Messages that the node has, opened or not, and how many of them the viewer has not read. */
	get count(): number {
		return this.#row.data?.count ?? 0;
	}
	get unread(): number {
		return this.#row.data?.unread ?? 0;
	}

	/** Who holds copies of keys that the viewer made, on whichever device, as the node says; undefined while that is not known. */
	get given(): readonly Wallet[] | undefined {
		if (this.#sets.status !== 'live') return undefined;
		const own = this.#sets.data.filter(({ maker }) => maker === this.#viewer);
		return own.flatMap(({ wraps }) => wraps.map(({ holder }) => holder));
	}

	/** Why nothing can be read or written now, as a sentence; empty where it can. */
	get trouble(): string {
		return this.#failure || (this.#talkState.failure && explain(this.#talkState.failure));
	}

	/** The talk, with keys asked for where that is needed; null where the person closed the dialog. */
	async open(): Promise<Talk | null> {
		const wanted = this.#wanted();
		const ring = wanted && (await ensureKeys(wanted.viewer));
		this.#failure = '';
		return ring && this.#begin(ring);
	}

	/** Opens it where the keys are open already; asks nobody. */
	async #findKeys(): Promise<void> {
		const [{ keyringOf }, { failureOf }] = await Promise.all([
			import('#lib/client/keys.svelte.ts'),
			import('#lib/client/failure.ts')
		]);
		try {
			const wanted = this.#wanted();
			if (wanted === null) return;
			const ring = keyringOf(wanted.viewer);
			if ((await ring.load()) === 'open' && !ring.unsigned) await this.#begin(ring);
			this.#isLocked = this.#talk === null;
		} catch (error) {
			this.#failure = explain(failureOf(error).code);
		}
	}

	async #begin(ring: Keyring): Promise<Talk | null> {
		const id = this.#id;
		await this.#wanted()?.verify?.();
		const { Talk } = await import('#lib/client/talk/talk.ts');
		const wanted = this.#wanted();
		// The page went on to another conversation meanwhile.
		if (wanted === null || this.#id !== id || wanted.viewer !== ring.wallet) return null;
		this.#isLocked = false;
		return (this.#talk ??= new Talk(ring, wanted.place, (state) => (this.#talkState = state)));
	}

	#end(): void {
		this.#talk?.end();
		this.#talk = null;
		this.#talkState = nothingYet;
		this.#failure = '';
		this.#isLocked = false;
	}
}
