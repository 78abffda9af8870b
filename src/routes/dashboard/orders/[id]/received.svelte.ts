// What a buyer got of what was sold, checked as it comes; what is not what was sold goes into evidence from here.
import { untrack } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { GoodsCommitment } from '#lib/domain/goods.ts';
import { quantityFor } from '#lib/domain/offer.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { ListingProof } from '#lib/client/evidence.ts';
import type { Received } from '#lib/client/received.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import { explain } from '#lib/ui/explain.ts';
import type { ConversationState } from '#lib/ui/talk/conversation.svelte.ts';

/** An order whose buyer gets something here, and what its terms commit to. */
export type Purchase = { order: OrderDocument; viewer: Wallet; goods: GoodsCommitment; listing: ListingProof };

export class ReceivedState {
	readonly #wanted: () => Purchase | null;
	readonly #conversation: ConversationState;
	#received = $state.raw<Received>({ kind: 'nothing' });
	/** CIDs of files that were opened to their end here. */
	readonly #checked = new SvelteSet<string>();
	#checking = $state.raw<{ file: ManifestFile; received: number } | null>(null);
	#stopping = new AbortController();
	#failure = $state('');
	#evidence = $state<'none' | 'sending' | 'sent'>('none');
	#reads = 0;

	/** Made where a component is set up. @param wanted null where the viewer buys nothing that is handed over here */
	constructor(wanted: () => Purchase | null, conversation: ConversationState) {
		this.#wanted = wanted;
		this.#conversation = conversation;
		const order = $derived(wanted()?.order._id ?? null);
		$effect(() => {
			if (order !== null) untrack(() => void this.#recall(order));
		});
		$effect(() => () => this.stop());
		$effect(() => {
			const of = wanted();
			const { shown, ready } = conversation.state;
			if (of !== null && ready) untrack(() => void this.#read(of, shown));
		});
		$effect(() => {
			const { ready, hasOlder, olderFailure } = conversation.state;
			const isMissing = this.#received.kind === 'nothing' && wanted()?.order.confirmed;
			// As in the list of messages: once it failed, by hand.
			const mayAsk = ready && hasOlder && olderFailure === '';
			if (mayAsk && isMissing) untrack(() => void conversation.talk?.loadOlder());
		});
	}

	/** Whether something is handed over here at all. */
	get isExpected(): boolean {
		return this.#wanted() !== null;
	}

	get received(): Received {
		return this.#received;
	}

	/** Whether all that was sold is here, and is it: only then is the seller's payment offered first. */
	get isComplete(): boolean {
		const received = this.#received;
		if (received.kind === 'licences') return received.short === 0;
		return received.kind === 'files' && received.files.every(({ cid }) => this.#checked.has(cid));
	}

	isChecked({ cid }: ManifestFile): boolean {
		return this.#checked.has(cid);
	}

	/** The file that is being checked, and the bytes of its ciphertext that are here. */
	get checking(): { file: ManifestFile; received: number } | null {
		return this.#checking;
	}

	/** Why something did not work, as a sentence. */
	get failure(): string {
		return this.#failure;
	}

	get evidence(): 'none' | 'sending' | 'sent' {
		return this.#evidence;
	}

	/** A file was opened to its end. */
	async keep({ cid }: ManifestFile): Promise<void> {
		this.#checked.add(cid);
		const of = this.#wanted();
		if (of === null) return;
		const { keepChecked } = await import('#lib/client/checked-files.ts');
		// A browser that keeps nothing asks again after a reload.
		await keepChecked(of.viewer, of.order._id, cid).catch(() => undefined);
	}

	/** Fetches and opens every file that was not opened yet, and keeps none of them. */
	async checkAll(): Promise<void> {
		const received = this.#received;
		if (received.kind !== 'files' || this.#checking !== null) return;
		this.#failure = '';
		this.#stopping = new AbortController();
		const { signal } = this.#stopping;
		const [{ downloadTo }, { inWorker }, { failureOf }] = await Promise.all([
			import('#lib/client/download.ts'),
			import('#lib/client/crypto-worker.ts'),
			import('#lib/client/failure.ts')
		]);
		try {
			for (const file of received.files) {
				if (this.#checked.has(file.cid)) continue;
				this.#checking = { file, received: 0 };
				const onprogress = (bytes: number) => (this.#checking = { file, received: bytes });
				await downloadTo(file, new WritableStream(), { fetch, run: inWorker, signal, onprogress });
				await this.keep(file);
			}
		} catch (error) {
			if (!signal.aborted) this.#failure = explain(failureOf(error).code);
		} finally {
			this.#checking = null;
		}
	}

	/** Gives up checking; what was opened to its end stays checked. */
	stop(): void {
		this.#stopping.abort();
	}

	/** Puts what is not what was sold before the seller and whoever decides. */
	async putIntoEvidence(): Promise<void> {
		const of = this.#wanted();
		const received = this.#received;
		if (of === null || received.kind !== 'wrong' || this.#evidence === 'sending') return;
		[this.#evidence, this.#failure] = ['sending', ''];
		try {
			const talk = await this.#conversation.open();
			const { putWrongDeliveryForward } = await import('#lib/client/evidence.ts');
			if (talk !== null) await putWrongDeliveryForward(talk, of.order, of.listing, received.wrong);
			this.#evidence = talk === null ? 'none' : 'sent';
		} catch (error) {
			const { failureOf } = await import('#lib/client/failure.ts');
			this.#failure = explain(failureOf(error).code);
			this.#evidence = 'none';
		}
	}

	async #recall(order: string): Promise<void> {
		const viewer = this.#wanted()?.viewer;
		if (viewer === undefined) return;
		const { checkedFiles } = await import('#lib/client/checked-files.ts');
		for (const cid of await checkedFiles(viewer, order).catch(() => [])) this.#checked.add(cid);
	}

	async #read({ order, goods, listing }: Purchase, shown: readonly Shown[]): Promise<void> {
		const mine = ++this.#reads;
		const [{ readReceived }, { requireOrderParties }, { failureOf }] = await Promise.all([
			import('#lib/client/received.ts'),
			import('#lib/client/talk/order-parties.ts'),
			import('#lib/client/failure.ts')
		]);
		const { offer } = listing.signed;
		try {
			// Whatever a node says of the order later on, its id is of these parties, these terms and this listing.
			requireOrderParties(order, offer.escrow, offer);
			const received = await readReceived(order, quantityFor(offer, order.amount) ?? Infinity, goods, shown);
			if (mine === this.#reads) this.#received = received;
		} catch (error) {
			this.#failure = explain(failureOf(error).code);
			this.#received = { kind: 'nothing' };
		}
	}
}
