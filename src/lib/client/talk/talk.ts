/**
 * A conversation as one of the two sees it: read as every reader reads it, written into, and shared with whoever may read.
 * Heavy: import it when a conversation is shown to somebody whose keys are open.
 */
import type { MessageRecord } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { Draft } from '#lib/crypto/message.ts';
import type { OpenedKey } from '#lib/crypto/tasks.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { ActionError, failureOf } from '#lib/client/failure.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { Outbox } from './outbox.ts';
import { TalkReader, type TalkPlace } from './reader.ts';
import { Reports } from './reports.ts';
import { nothingYet, type Grant, type ReaderState, type Shown, type TalkState } from './states.ts';
import type { Outgoing } from './store.ts';

export class Talk extends TalkReader<TalkState> {
	readonly other: Wallet;

	readonly #reports: Reports;
	readonly #outbox: Outbox;
	#outgoing: readonly Outgoing[] = [];
	/** What the node has taken and not shown yet, by hash. */
	readonly #sent = new Map<Hex, Outgoing>();
	#isFirst = true;
	/** Confirmed to be who decides. */
	#readers: readonly Wallet[] = [];
	/** Drawn before, and not who decides any more. */
	#left: readonly Wallet[] = [];

	/** @param tell is given the state whenever it is another */
	constructor(ring: Keyring, place: TalkPlace, tell: (state: TalkState) => void) {
		super(ring, place, nothingYet, tell);
		this.other = place.parties.find((wallet) => wallet !== ring.wallet) ?? ring.wallet;
		this.#reports = new Reports(place.conversation, this.messages, () => this.#me());
		this.#outbox = new Outbox(ring.wallet, this.id, {
			reseal: this.#reseal,
			onchange: (waiting) => this.#take(waiting),
			onsent: (message) => this.#sent.set(message.record.hash, message)
		});
	}

	override end(): void {
		super.end();
		this.#reports.end();
		this.#outbox.end();
	}

	/** The person agreed to the other side's keys as they are. */
	async acceptKeys(): Promise<void> {
		await this.ring.acceptKeysOf(this.other);
		this.keysChanged();
		await this.queue(() => Promise.resolve());
	}

	/**
	 * Lets those who decide read: each gets a copy of every key, now and whenever there is another. It opens the whole
	 * conversation to them.
	 * @param confirmed by `confirmReaders`; everybody who is let read from now on
	 */
	letRead(confirmed: readonly Wallet[]): Promise<void> {
		this.#readers = confirmed;
		return this.attempt(async () => {
			// Whoever published keys meanwhile has a log now.
			for (const wallet of confirmed) this.logs.delete(wallet);
			await this.refresh();
		});
	}

	/** Who may hold copies of the keys and decides no more, as the node says: what is written from now on is not for them. */
	setLeft(wallets: readonly Wallet[]): void {
		this.#left = wallets;
	}

	/** The key that is written with: the newest that both can read, and nobody who decides no more. */
	override async keyToWrite(): Promise<OpenedKey> {
		const me = await this.#me();
		const otherLog = await this.#requireOther();
		await this.requireSets();
		return this.keys.toWrite(this.place.conversation, me, otherLog, this.#left);
	}

	/** Writes a message. It is kept when this resolves, and sent when the node answers. */
	async say(body: MessageBody): Promise<void> {
		const [key, me] = [await this.keyToWrite(), await this.#me()];
		const { conversation } = this.place;
		await this.#outbox.add((place) => {
			const draft: Draft = { ...place, ...this.#seen(), sentAt: Date.now(), body };
			return inWorker('sealMessage', { draft, author: me, conversation, key });
		});
	}

	retry(outgoing: Outgoing): Promise<void> {
		return this.#outbox.retry(outgoing);
	}

	discard(outgoing: Outgoing): Promise<void> {
		return this.#outbox.discard(outgoing);
	}

	/** The person has everything up to the newest message before their eyes. */
	haveRead(withReceipts: boolean): void {
		this.#reports.haveRead(withReceipts);
	}

	get #otherLog(): SeenKeyLog | null | undefined {
		return this.logs.get(this.other);
	}

	protected override alsoShown(): Omit<Partial<TalkState>, keyof ReaderState> {
		const { waiting } = this.state;
		const unseen = waiting.filter(({ record }) => this.messages.get(record.hash) === undefined);
		return { otherLog: this.#otherLog, waiting: unseen.length < waiting.length ? unseen : waiting };
	}

	protected override async afterShown(reader: readonly Identity[]): Promise<void> {
		if (this.#isFirst) this.#take(this.#outgoing);
		this.#isFirst = false;
		this.#reports.soon();
		const me = reader.at(-1);
		if (me === undefined) return;
		await this.keys.share(this.place.conversation, me, this.#otherLog ?? null);
		await this.#grant(me);
	}

	async #grant(me: Identity): Promise<void> {
		if (this.#readers.length === 0) {
			if (this.state.grants.length > 0) this.change({ grants: [], grantFailure: '' });
			return;
		}
		// Where nothing was ever said there is no key: whoever decides needs one to answer with.
		if (this.keys.all.length === 0 && !this.#hasChangedKeys)
			await this.keys.toWrite(this.place.conversation, me, this.#otherLog ?? null);
		const logs = this.#readers.flatMap((wallet) => this.logs.get(wallet) ?? []);
		// The two go on talking where nobody else can be let in.
		const refused = await this.keys.grant(this.place.conversation, me, logs).catch((error: unknown) => error);
		this.change({ grantFailure: refused === undefined ? '' : failureOf(refused).code });
		if (refused !== undefined && !(refused instanceof DomainError || refused instanceof ActionError)) throw refused;
		const grants = this.#readers.map((wallet): Grant => {
			const log = this.logs.get(wallet) ?? null;
			if (log === null) return { wallet, state: 'no-keys' };
			return { wallet, state: this.keys.hasGrantedAll(me.wallet, log) ? 'granted' : 'waiting' };
		});
		if (JSON.stringify(grants) !== JSON.stringify(this.state.grants)) this.change({ grants });
	}

	/** What waits to be sent, and what was sent and is not shown yet, opened for its author. */
	#take(outgoing: readonly Outgoing[]): void {
		this.#outgoing = outgoing;
		for (const hash of this.#sent.keys()) if (this.messages.get(hash) !== undefined) this.#sent.delete(hash);
		const unsent = outgoing.filter(({ record }) => !this.#sent.has(record.hash));
		const all = [...this.#sent.values(), ...unsent].toSorted((a, b) => a.at - b.at);
		this.#openOwn(all)
			.then((waiting) => {
				const isNotShown = ({ record }: Shown) => this.messages.get(record.hash) === undefined;
				if (this.#outgoing === outgoing) this.change({ waiting: waiting.filter(isNotShown) });
			})
			.catch((error: unknown) => this.fail(error));
	}

	async #openOwn(outgoing: readonly Outgoing[]): Promise<Shown[]> {
		if (outgoing.length === 0 || !this.state.ready) return [];
		const view = await this.view();
		const records = outgoing.map(({ record }) => record);
		const results = await inWorker('openMessages', { records, view, keys: this.keys.all });
		return results.map((result, at): Shown => {
			const one = outgoing[at] as Outgoing;
			const isSent = this.#sent.has(one.record.hash);
			return {
				key: one.record.hash,
				record: result.record,
				arrival: null,
				message: result.message,
				error: result.message === null ? result.error : null,
				mine: true,
				progress: isSent ? 'sent' : one.failure === null ? 'waiting' : 'failed',
				outgoing: isSent ? null : one
			};
		});
	}

	/** What the author of a message has seen: the other side's last, and both key logs. */
	#seen(): Pick<Draft, 'seen' | 'ownLog' | 'otherLog'> {
		const last = this.state.shown.findLast(({ mine, message }) => !mine && message !== null);
		return {
			seen: last?.record.hash ?? noHash,
			ownLog: this.ring.log?.head ?? noHash,
			otherLog: this.#otherLog?.head ?? noHash
		};
	}

	readonly #reseal = async (record: MessageRecord, place: Pick<Draft, 'device' | 'seq' | 'previousHash'>) => {
		const me = await this.#me();
		const view = await this.view();
		const [result] = await inWorker('openMessages', { records: [record], view, keys: this.keys.all });
		if (result?.message == null) throw result?.error ?? new ActionError('unreadable');
		const { body, sentAt } = result.message;
		const key = this.keys.all.find(({ keyId }) => keyId === record.keyId);
		if (key === undefined) throw new ActionError('keys-locked');
		const draft = { ...place, ...this.#seen(), sentAt, body };
		return inWorker('sealMessage', { draft, author: me, conversation: this.place.conversation, key });
	};

	/** The keys to sign with: the newest. */
	async #me(): Promise<Identity> {
		const me = (await this.ring.identities()).at(-1);
		if (me === undefined) throw new ActionError('keys-locked');
		return me;
	}

	/** The other side's keys, if the person agreed to what changed in them. @throws {ActionError} `keys-changed` */
	async #requireOther(): Promise<SeenKeyLog | null> {
		await this.view();
		if (this.#hasChangedKeys) throw new ActionError('keys-changed');
		return this.#otherLog ?? null;
	}

	/** Only the wallet vouches for the other side's new keys, and the person did not agree to them. */
	get #hasChangedKeys(): boolean {
		return this.#otherLog?.changes.some(({ continuity }) => continuity === 'wallet-only') ?? false;
	}
}
