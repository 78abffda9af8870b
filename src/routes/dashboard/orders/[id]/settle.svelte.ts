// The offers to split an order that its two parties made each other, and which of them count now, as the chain says.
import { untrack } from 'svelte';
import { partyOf, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import { isSplittable, offerDays, type SettlementTrouble } from '#lib/domain/settlement.ts';
import type { SettlementBody } from '#lib/client/settle.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { explain } from '#lib/ui/explain.ts';
import type { ConversationState } from '#lib/ui/talk/conversation.svelte.ts';

/** `trouble` is undefined until the chain was asked. */
export type SplitOffer = {
	shown: Shown;
	body: SettlementBody;
	author: Wallet;
	mine: boolean;
	trouble: SettlementTrouble | null | undefined;
};

/** What no event of the order tells, an offer taken back elsewhere, is noticed by asking again. */
const askAgain = 30_000;
/** Offers of each side that are asked about. */
const mostAsked = 10;
/** In milliseconds: an offer that was made before that has ended. */
const longest = Math.max(...offerDays) * 86_400_000;
/** Pages of older messages that are looked through for offers. */
const mostPages = 40;

export class SettleState {
	readonly #order: () => OrderDocument | null;
	readonly #viewer: () => Wallet | null;
	readonly #stage: () => number;
	readonly #conversation: ConversationState;
	#troubles = $state.raw<Readonly<Record<string, SettlementTrouble | null>>>({});
	#failure = $state('');
	#asks = 0;
	#isBroken = $state(false);

	/** Made where a component is set up. @param stage of the order's case, each of which ends what was signed before */
	constructor(
		order: () => OrderDocument | null,
		viewer: () => Wallet | null,
		stage: () => number,
		conversation: ConversationState
	) {
		this.#order = order;
		this.#viewer = viewer;
		this.#stage = stage;
		this.#conversation = conversation;
		$effect(() => {
			const of = this.#order();
			const said = this.#said.length;
			this.#stage();
			if (of === null || said === 0 || !isSplittable(of.status)) return;
			untrack(() => void this.ask());
			const timer = setInterval(() => void this.ask(), askAgain);
			return () => clearInterval(timer);
		});
		const ready = $derived(this.#conversation.state.ready);
		$effect(() => {
			const { talk } = this.#conversation;
			const of = this.#order();
			if (talk !== null && ready && of !== null && isSplittable(of.status)) untrack(() => void this.#readBack(talk));
		});
	}

	/**
	 * Reads as far back as an offer can have been made that still counts: many words said since hide none. A message's own
	 * time is its author's to choose, so the node's counts.
	 */
	async #readBack(talk: Talk): Promise<void> {
		const since = Date.now() - longest;
		let pages = 0;
		const isFar = () => (this.#conversation.state.shown[0]?.arrival?.at ?? Infinity) < since;
		try {
			await talk.loadUntil(() => isFar() || ++pages > mostPages);
			this.#isBroken = pages > mostPages;
		} catch (error) {
			// The page went on, or what was said before did not come: that is said, see `isCut`.
			this.#isBroken = !(error instanceof DOMException);
		}
	}

	/** Whether an offer of one's own may stand in what could not be read here. */
	get isCut(): boolean {
		return this.#isBroken || (this.#conversation.isLocked && this.#conversation.count > 0);
	}

	readonly #said = $derived.by((): Omit<SplitOffer, 'trouble'>[] => {
		const order = this.#order();
		const { shown, waiting } = this.#conversation.state;
		if (order === null) return [];
		return [...shown, ...waiting].flatMap((one) => {
			const { message } = one;
			if (message?.body.kind !== 'settlement' || partyOf(order, message.author) === null) return [];
			return [{ shown: one, body: message.body, author: message.author, mine: message.author === this.#viewer() }];
		});
	});

	/** Every offer, the newest first. */
	readonly offers = $derived.by((): SplitOffer[] =>
		this.#said.map((one) => ({ ...one, trouble: this.#troubles[one.shown.record.hash] })).toReversed()
	);

	/** Those of the other side, and of one's own, that count now. */
	readonly theirs = $derived(this.offers.filter(({ mine, trouble }) => !mine && trouble === null));
	readonly mine = $derived(this.offers.filter(({ mine, trouble }) => mine && trouble === null));

	/** Why the chain could not be asked, as a sentence. */
	get failure(): string {
		return this.#failure;
	}

	/** Asks the chain which of them count. */
	async ask(): Promise<void> {
		const order = this.#order();
		if (order === null) return;
		const mine = ++this.#asks;
		const [{ checkSettlements }, { failureOf }] = await Promise.all([
			import('#lib/client/settle.ts'),
			import('#lib/client/failure.ts')
		]);
		try {
			// Of each side the newest: whoever makes hundreds makes nobody wait for them.
			const newest = [...Map.groupBy(this.#said, ({ author }) => author).values()].flatMap((of) =>
				of.slice(-mostAsked)
			);
			const found = await checkSettlements(
				order,
				newest.map(({ shown, author, body }) => ({ hash: shown.record.hash, author, body }))
			);
			if (mine !== this.#asks) return;
			this.#troubles = found;
			this.#failure = '';
		} catch (error) {
			if (mine === this.#asks) this.#failure = explain(failureOf(error).code);
		}
	}
}
