// The keys of one conversation, as its reader holds them: sets opened in the worker, the one to write with, and copies for
// whoever needs one.
import type { Conversation, KeySet } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import {
	createConversationKey,
	differencesOf,
	grantKeys,
	makeKeySet,
	messageKeyOf,
	newestOf,
	type GrantDifference
} from '#lib/crypto/conversation.ts';
import { publicKeysOf, type Identity, type PublicKeys } from '#lib/crypto/identity.ts';
import type { OpenedKey, PlainView } from '#lib/crypto/tasks.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import { holds, isReadBy, mayGrant, mayShare } from './copies.ts';
import { sendKeySet } from './requests.ts';

/** A set that must not be used, and why. */
export type RefusedSet = { set: KeySet; error: DomainError };

export class TalkKeys {
	readonly #opened = new Map<Hex, OpenedKey>();
	readonly #tried = new Map<Hex, KeySet>();
	#refused: RefusedSet[] = [];
	/** A key on its way to the node: whoever writes meanwhile writes with it. */
	#making: Promise<OpenedKey> | undefined;
	#lastMade = 0;

	/** Every key that opened. */
	get all(): OpenedKey[] {
		return [...this.#opened.values()];
	}

	/** Sets that are not what their makers may make. One that is for others alone is none of them. */
	get refused(): readonly RefusedSet[] {
		return this.#refused;
	}

	/** Opens the sets that were not tried before. @returns whether a key is new */
	async open(sets: readonly KeySet[], reader: readonly Identity[], view: PlainView): Promise<boolean> {
		let isNew = false;
		for (const set of sets) {
			if (this.#tried.has(set.signature)) continue;
			this.#tried.set(set.signature, set);
			try {
				const key = await inWorker('openKeySet', { set, reader, view });
				isNew ||= !this.#opened.has(key.keyId);
				this.#opened.set(key.keyId, key);
			} catch (error) {
				if (!(error instanceof DomainError)) throw error;
				// Made for the other side alone, or for keys that were lost: nothing is wrong with it.
				if (error.data.reason !== 'not-for-me') this.#refused = [...this.#refused, { set, error }];
			}
		}
		return isNew;
	}

	/** Tries all sets again: the keys of somebody changed. */
	forget(): void {
		this.#tried.clear();
		this.#refused = [];
	}

	/** Tries the sets again that were refused: somebody may hold a copy now who might not before. */
	retryRefused(): void {
		for (const { set } of this.#refused) this.#tried.delete(set.signature);
		this.#refused = [];
	}

	/** The sets that count, whoever they are for. */
	get #standing(): KeySet[] {
		return [...this.#tried.values()].filter((set) => !this.#refused.some((refused) => refused.set === set));
	}

	/**
	 * The newest key that opened and that each of these holds a copy of; where there is none such, the newest that opened.
	 * @param holders checked keys
	 */
	newestFor(holders: readonly { current: PublicKeys }[]): OpenedKey | undefined {
		const sets = this.#standing.filter(({ keyId }) => this.#opened.has(keyId));
		const isHeld = (keyId: Hex) => {
			const wraps = sets.filter((set) => set.keyId === keyId).flatMap((set) => set.wraps);
			return holders.every(({ current }) => holds(wraps, current));
		};
		const newest = newestOf(sets.filter(({ keyId }) => isHeld(keyId))) ?? newestOf(sets);
		return newest && this.#opened.get(newest.keyId);
	}

	/** Who gave a wallet that is no party copies of keys, and which the one gave that the other, who gave some, did not. */
	grantsTo(wallet: Wallet): { grantedBy: Wallet[]; differences: GrantDifference[] } {
		const grants = this.#standing.filter(({ wraps }) => wraps.some(({ holder }) => holder === wallet));
		return { grantedBy: [...new Set(grants.map(({ maker }) => maker))], differences: differencesOf(grants) };
	}

	/**
	 * The key to write with: the newest that both can read and nobody else but who decides now, or a new one where there is
	 * none.
	 * @param other the other side's checked keys; null where it has none yet, and then it gets a copy when it has
	 * @param left who may hold copies, and shall read nothing more
	 */
	async toWrite(
		conversation: Conversation,
		me: Identity,
		other: SeenKeyLog | null,
		left: readonly Wallet[] = []
	): Promise<OpenedKey> {
		const opened = [...this.#tried.values()].filter(({ keyId }) => this.#opened.has(keyId));
		const usable = opened.filter((set) => {
			const isBoths = other === null || holds(set.wraps, other.current);
			return isBoths && !isReadBy(left, this.#wrapsOf(set.keyId));
		});
		const newest = newestOf(usable);
		const held = newest && this.#opened.get(newest.keyId);
		if (held !== undefined) return held;
		return (this.#making ??= this.#make(conversation, me, other).finally(() => (this.#making = undefined)));
	}

	async #make(conversation: Conversation, me: Identity, other: SeenKeyLog | null): Promise<OpenedKey> {
		const key = await createConversationKey(conversation);
		const holders = [publicKeysOf(me), ...(other === null ? [] : [other.current])];
		const set = makeKeySet(key, conversation, me, holders, this.#now());
		await sendKeySet(set);
		const opened = { ...key, messageKey: await messageKeyOf(key, conversation) };
		this.#opened.set(key.keyId, opened);
		this.#tried.set(set.signature, set);
		return opened;
	}

	/** Gives the other side, and one's own newest keys, copies of the keys that they have none of. */
	async share(conversation: Conversation, me: Identity, other: SeenKeyLog | null): Promise<void> {
		const sets = [...this.#tried.values()];
		for (const key of this.all) {
			const wraps = sets.filter(({ keyId }) => keyId === key.keyId).flatMap((set) => set.wraps);
			const holders: PublicKeys[] = [publicKeysOf(me)];
			if (other !== null && mayShare(other, wraps)) holders.push(other.current);
			const missing = holders.filter((holder) => !holds(wraps, holder));
			if (missing.length === 0) continue;
			const set = makeKeySet(key, conversation, me, missing, this.#now());
			await sendKeySet(set);
			this.#tried.set(set.signature, set);
		}
	}

	/** The copies of a key that count. */
	#wrapsOf(keyId: Hex): KeySet['wraps'] {
		return this.#standing.filter((set) => set.keyId === keyId).flatMap(({ wraps }) => wraps);
	}

	/**
	 * Gives arbitrators every key that opened, unless this maker did already: what the other side gave them is the other
	 * side's word, and the two are compared. A set each: the one for somebody's newer keys takes the place of the one before.
	 * @param readers the checked keys of wallets that {@link requireConfirmedReaders} confirmed
	 */
	async grant(conversation: Conversation, me: Identity, readers: readonly SeenKeyLog[]): Promise<void> {
		for (const key of this.all) {
			const missing = readers.filter((reader) => !this.#hasGranted(me.wallet, key.keyId, reader));
			for (const reader of missing) {
				if (!mayGrant(reader, this.#wrapsOf(key.keyId))) continue;
				for (const set of grantKeys([key], conversation, me, [reader.current], this.#now())) {
					await sendKeySet(set);
					this.#tried.set(set.signature, set);
				}
			}
		}
	}

	/** Whether `maker` gave a reader all that opened. */
	hasGrantedAll(maker: Wallet, reader: SeenKeyLog): boolean {
		return this.#opened.size > 0 && this.all.every(({ keyId }) => this.#hasGranted(maker, keyId, reader));
	}

	#hasGranted(maker: Wallet, keyId: Hex, { current }: SeenKeyLog): boolean {
		return this.#standing.some((set) => set.maker === maker && set.keyId === keyId && holds(set.wraps, current));
	}

	/** No two sets of one maker are of one time. */
	#now(): Date {
		this.#lastMade = Math.max(Date.now(), this.#lastMade + 1);
		return new Date(this.#lastMade);
	}
}
