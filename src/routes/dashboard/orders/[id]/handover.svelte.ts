// How far a seller is with handing over what was sold: by itself where the page is open, by one click otherwise.
import { untrack } from 'svelte';
import { owing } from '#lib/domain/goods.ts';
import { quantityFor } from '#lib/domain/offer.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Sale } from '#lib/client/handover.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { explain } from '#lib/ui/explain.ts';
import type { ConversationState } from '#lib/ui/talk/conversation.svelte.ts';

/** How soon the chain is asked again whether a confirmation is final, in milliseconds. */
const askAgain = 5_000;

export class HandoverState {
	readonly #wanted: () => Sale | null;
	readonly #conversation: ConversationState;
	#busy = $state(false);
	#failure = $state('');
	#again = $state(0);

	/** Made where a component is set up. @param wanted null where the viewer sells nothing that is handed over here */
	constructor(wanted: () => Sale | null, conversation: ConversationState) {
		this.#wanted = wanted;
		this.#conversation = conversation;
		$effect(() => {
			void this.#again;
			const { talk, state } = conversation;
			const isDue = talk !== null && state.ready && this.isOwed && !this.sent && !this.isRefused;
			if (isDue && this.#failure === '') untrack(() => void this.handOver());
		});
	}

	/** Whether something is to be handed over here at all. */
	get isNeeded(): boolean {
		return this.#wanted() !== null;
	}

	/** Whether the payment cannot be undone any more: before that, nothing is confirmed. */
	get isPaid(): boolean {
		return this.#isFinal('created');
	}

	/** `final`: the confirmation cannot be undone any more. */
	get confirmed(): 'not' | 'seen' | 'final' {
		if (this.#isFinal('confirmed')) return 'final';
		return this.#wanted()?.order.confirmed ? 'seen' : 'not';
	}

	/** Whether the goods can go out now: confirmed for good, and nobody has the money back. */
	get isOwed(): boolean {
		const sale = this.#wanted();
		return sale !== null && this.confirmed === 'final' && owing.includes(sale.order.status);
	}

	/** Whether the key to the goods, or all licence keys that were paid for, are on their way or there. */
	get sent(): boolean {
		const sale = this.#wanted();
		if (sale === null) return false;
		const { signed, order, goods } = sale;
		if (goods.kind === 'files') return this.#own.some(({ message }) => message?.body.kind === 'delivery');
		return this.#places.length >= (quantityFor(signed.offer, order.amount) ?? Infinity);
	}

	/** Whether something of it was written, and the node refused it. */
	get isRefused(): boolean {
		return this.#conversation.state.waiting.some((one) => one.progress === 'failed' && isHandover(one));
	}

	/** One's own messages that hand over, but for those that were refused. */
	get #own(): Shown[] {
		const { shown, waiting } = this.#conversation.state;
		return [...shown, ...waiting].filter((one) => one.mine && one.progress !== 'failed' && isHandover(one));
	}

	/** Places of the licence keys that were sent. */
	get #places(): number[] {
		const all = this.#own.flatMap(({ message }) => (message?.body.kind === 'licence' ? [message.body.index] : []));
		return all.filter((place, at) => all.indexOf(place) === at);
	}

	get busy(): boolean {
		return this.#busy;
	}

	/** Why it did not work, as a sentence. */
	get failure(): string {
		return this.#failure;
	}

	/** What is confirmed on chain; null where the person closed the dialog, or it did not work: see `failure`. */
	async deliveryHash(): Promise<Hex | null> {
		return this.#run(async (talk, sale) => {
			const { deliveryHashOf } = await import('#lib/client/handover.ts');
			return deliveryHashOf(talk, sale);
		});
	}

	/** Sends what opens the goods, once that cannot be taken back by the buyer. */
	async handOver(): Promise<void> {
		const sent = await this.#run(async (talk, sale) => {
			// What was sent long ago is not sent again.
			await talk.loadUntil(() => this.sent);
			if (this.sent) return true;
			const { handOver } = await import('#lib/client/handover.ts');
			return handOver(talk, sale, this.#places);
		});
		if (sent === false) setTimeout(() => this.#again++, askAgain);
	}

	async #run<T>(work: (talk: Talk, sale: Sale) => Promise<T>): Promise<T | null> {
		const sale = this.#wanted();
		if (sale === null || this.#busy) return null;
		[this.#busy, this.#failure] = [true, ''];
		try {
			const talk = await this.#conversation.open();
			return talk && (await work(talk, sale));
		} catch (error) {
			const { failureOf } = await import('#lib/client/failure.ts');
			this.#failure = explain(failureOf(error).code);
			return null;
		} finally {
			this.#busy = false;
		}
	}

	#isFinal(kind: 'created' | 'confirmed'): boolean {
		return this.#wanted()?.order.timeline.some((step) => step.kind === kind && step.finalized) ?? false;
	}
}

function isHandover({ message }: Shown): boolean {
	return message?.body.kind === 'delivery' || message?.body.kind === 'licence';
}
