// Whoever decides an order's dispute is let read its conversation: by itself where the party's keys are open, else by one
// button. Nobody is let in whom the chain, asked through the party's own wallet, does not name as this node does, nor while
// a reorganisation could still draw somebody else.
import { untrack } from 'svelte';
import { decidingOf, holdersOf, type CaseDocument } from '#lib/domain/case.ts';
import type { Conversation } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { live } from '#lib/client/live.svelte.ts';
import type { Grant } from '#lib/client/talk/states.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { explain } from '#lib/ui/explain.ts';
import type { ConversationState } from './conversation.svelte.ts';

/** Of an order in dispute: who holds the case, as the node says, and where it is talked about. */
export type GrantedCase = {
	viewer: Wallet;
	dispute: CaseDocument;
	conversation: Extract<Conversation, { kind: 'order' }>;
};

/** A wallet and a node do not hear of a block at the same moment: a difference counts that is there for longer. */
const tries = 6;
const between = 2_500;
/** Why nobody is let read, of whom the wallet was asked. */
const oneSource = 'readers-unconfirmed/one-source';

export class GrantState {
	readonly #of: () => GrantedCase | null;
	readonly #conversation: ConversationState;
	/** By value: with each change of a case it is another object. */
	readonly #named = $derived.by(() => {
		const of = this.#of();
		return of === null ? '' : holdersOf(of.dispute).join();
	});
	/** One arbitrator and a panel. Each may publish keys later than it is drawn. */
	readonly #heads = [0, 1, 2, 3].map((at) =>
		live('keyHead', () => {
			const wallet = this.#named.split(',')[at];
			return wallet ? { wallet } : null;
		})
	);
	readonly #epochs = $derived(this.#heads.map(({ data }) => data?.epoch ?? 0).join());
	/** Not with each message: what is said later is shared by the talk itself. */
	readonly #talk = $derived.by(() => (this.#conversation.state.ready ? this.#conversation.talk : null));
	#code = $state('');
	#busy = $state(false);
	#runs = 0;
	/** Of which order's case the wallet confirmed whom. */
	#confirmed: { orderId: Hex; wallets: readonly Wallet[] } | null = null;
	/** The draw stands under as many blocks as this node waits for. */
	readonly #isSettled = $derived.by(() => this.#of()?.dispute.final ?? false);

	/** Made where a component is set up. @param of null where nobody is to be let read */
	constructor(of: () => GrantedCase | null, conversation: ConversationState) {
		this.#of = of;
		this.#conversation = conversation;
		$effect(() => {
			const [talk, named] = [this.#talk, this.readers];
			void [this.#epochs, this.#isSettled];
			if (talk === null) return;
			untrack(() => void this.#letRead(talk, named));
		});
	}

	/** Who decides now, as the node says. */
	get readers(): readonly Wallet[] {
		return this.#named === '' ? [] : (this.#named.split(',') as Wallet[]);
	}

	/** How far each of them is; while the keys are not open here, as the node says. */
	get grants(): readonly Grant[] {
		const { state, given } = this.#conversation;
		return this.readers.map((wallet) => {
			const known = state.grants.find((one) => one.wallet === wallet);
			return known ?? { wallet, state: given?.includes(wallet) ? 'granted' : 'waiting' };
		});
	}

	/** Whether whoever decides next waits for what only the person can do: to open the keys, or to connect the wallet. */
	get isAsked(): boolean {
		const of = this.#of();
		const deciding = of === null ? [] : decidingOf(of.dispute);
		const { isLocked, given } = this.#conversation;
		const isStuck = isLocked || this.needsWallet || this.failure !== '';
		const waiting = this.grants.filter(({ wallet, state }) => state === 'waiting' && deciding.includes(wallet));
		return isStuck && given !== undefined && waiting.length > 0;
	}

	/** The wallet does not stand on the order's chain, so that it could be asked. */
	get needsWallet(): boolean {
		return this.#code === oneSource;
	}

	/** Why nobody is let read, as a sentence; empty where nothing is wrong. */
	get failure(): string {
		const { grantFailure } = this.#conversation.state;
		const code = this.#code || grantFailure;
		return code === '' || this.needsWallet ? '' : explain(code);
	}

	/** It is being found out, or done. */
	get busy(): boolean {
		return this.#busy;
	}

	/** Lets them read, with what that takes asked for: the keys, and the wallet on the order's chain. */
	async let(): Promise<void> {
		const [{ chainOf, connected }, { useChain }, { failureOf }] = await Promise.all([
			import('#lib/client/escrow.ts'),
			import('#lib/client/wagmi.ts'),
			import('#lib/client/failure.ts')
		]);
		this.#busy = true;
		try {
			const of = this.#of();
			const talk = await this.#conversation.open();
			if (of === null || talk === null) return;
			const { chainId } = of.conversation;
			const wallet = await connected(of.viewer);
			if (wallet.chainId !== chainId) await useChain(wallet.config, chainOf(chainId));
			await this.#letRead(talk, this.readers);
		} catch (error) {
			this.#code = failureOf(error).code;
		} finally {
			this.#busy = false;
		}
	}

	async #letRead(talk: Talk, named: readonly Wallet[]): Promise<void> {
		const of = this.#of();
		const mine = ++this.#runs;
		this.#busy = false;
		if (of === null || named.length === 0) {
			this.#code = '';
			if (this.#conversation.state.grants.length > 0) await talk.letRead([]);
			return;
		}
		const { orderId } = of.conversation;
		const confirmed = this.#confirmed?.orderId === orderId ? this.#confirmed.wallets : [];
		const known = named.filter((wallet) => confirmed.includes(wallet));
		if (known.length === named.length || !of.dispute.final) {
			this.#code = '';
			if (known.length > 0 || this.#conversation.state.grants.length > 0) await talk.letRead(known);
			return;
		}
		const [{ confirmReaders }, { failureOf }] = await Promise.all([
			import('#lib/client/talk/confirm-readers.ts'),
			import('#lib/client/failure.ts')
		]);
		this.#busy = true;
		for (let tried = 1; mine === this.#runs; tried++) {
			const result = await confirmReaders(of.conversation, named).catch((error: unknown) => failureOf(error).code);
			if (mine !== this.#runs) return;
			if (typeof result === 'object') {
				this.#code = '';
				this.#confirmed = { orderId, wallets: result };
				await talk.letRead(result);
				break;
			}
			if (tried >= tries || result === oneSource) {
				this.#code = result;
				break;
			}
			await new Promise((resolve) => setTimeout(resolve, between));
		}
		if (mine === this.#runs) this.#busy = false;
	}
}
