/**
 * A conversation as its reader sees it, checked end to end: what the node relays goes in, and comes out in order, opened,
 * with whatever is wrong in its place. Heavy: import it when a conversation is shown to somebody whose keys are open.
 */
import { conversationId, type Conversation, type KeySet, type MessageRecord } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { KeySetRow, MessageRow } from '#lib/domain/publications.ts';
import { pinsOf, type ChainFault, type ChainPin, type Link } from '#lib/crypto/chain.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { requireAnchor, requireSeenHead, type KeyLog } from '#lib/crypto/key-log.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { Draft, Message } from '#lib/crypto/message.ts';
import type { OpenedKey, PlainView } from '#lib/crypto/tasks.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { ActionError, failureOf } from '#lib/client/failure.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { TalkKeys, type RefusedSet } from './keys.ts';
import { TalkMessages } from './messages.ts';
import { Outbox } from './outbox.ts';
import { Reports } from './reports.ts';
import { keySetsOf, messagesAt, messagesBefore, type Received } from './requests.ts';
import { keepPins, readPins, type Outgoing } from './store.ts';

/** What is known of a conversation from elsewhere than who relays it. */
export type TalkPlace = {
	conversation: Conversation;
	parties: readonly [Wallet, Wallet];
	/** The keys that a signed offer or the order itself names, by wallet: see `hashKeys`; zero where it names none. */
	anchors: Readonly<Record<Wallet, Hex>>;
};

/** How far a message is. `waiting` and `failed` are on their way out of this browser. */
export type Progress = 'waiting' | 'failed' | 'sent' | 'delivered' | 'read';

/** One message as it is shown: opened, or with why not. */
export type Shown = {
	key: string;
	record: MessageRecord;
	message: Message | null;
	/** Why it is not shown; null where it is. */
	error: DomainError | null;
	mine: boolean;
	progress: Progress;
	/** Of what is not sent yet: how it is kept, to be tried again or given up. */
	outgoing: Outgoing | null;
};

/** All that a page shows of a conversation; a new object with every change. */
export type TalkState = {
	/** Messages from the oldest that was loaded to the newest. */
	shown: readonly Shown[];
	/** What waits to be sent, or was refused, in the order of writing. */
	waiting: readonly Shown[];
	/** What a node dropped, withheld, repeated or moved. */
	faults: readonly ChainFault[];
	/** Sets of keys that are not what their makers may make. */
	refused: readonly RefusedSet[];
	/** The other side's keys; null where it has none, undefined while they are not known. */
	otherLog: SeenKeyLog | null | undefined;
	/** A code for explain.ts: why nothing can be read or written now; empty where it can. */
	failure: string;
	/** Whether what the node gave first was opened. */
	ready: boolean;
	hasOlder: boolean;
	/** Why what was said before did not come: only a person asks for it again. Empty where it may be asked for. */
	olderFailure: string;
};

/** The state of a conversation before anything is known of it. */
export const nothingYet: TalkState = {
	...{ shown: [], waiting: [], faults: [], refused: [] },
	...{ otherLog: undefined, failure: '', ready: false, hasOlder: false, olderFailure: '' }
};

const pageSize = 100;

export class Talk {
	readonly ring: Keyring;
	readonly place: TalkPlace;
	readonly id: string;
	readonly other: Wallet;

	readonly #tell: (state: TalkState) => void;
	#state: TalkState = nothingYet;
	#otherLog: SeenKeyLog | null | undefined;

	readonly #keys = new TalkKeys();
	/** Null until the node, or this browser, said which there are. */
	#sets: readonly KeySet[] | null = null;
	readonly #messages: TalkMessages;
	readonly #reports: Reports;
	readonly #outbox: Outbox;
	#outgoing: readonly Outgoing[] = [];
	/** What the node has taken and not shown yet, by hash. */
	readonly #sent = new Map<Hex, Outgoing>();
	#pins: ChainPin[] | null = null;
	/** Messages that came since what was seen was last kept. */
	#unkept: Link[] = [];
	#ended = false;
	#work: Promise<void> = Promise.resolve();

	/** @param tell is given the state whenever it is another */
	constructor(ring: Keyring, place: TalkPlace, tell: (state: TalkState) => void) {
		this.ring = ring;
		this.place = place;
		this.#tell = tell;
		this.id = conversationId(place.conversation);
		this.other = place.parties.find((wallet) => wallet !== ring.wallet) ?? ring.wallet;
		this.#messages = new TalkMessages(ring.wallet);
		this.#reports = new Reports(place.conversation, this.#messages, () => this.#me());
		this.#outbox = new Outbox(ring.wallet, this.id, {
			reseal: this.#reseal,
			onchange: (waiting) => this.#take(waiting),
			onsent: (message) => this.#sent.set(message.record.hash, message)
		});
	}

	#change(change: Partial<TalkState>): void {
		const names = Object.keys(change) as (keyof TalkState)[];
		if (names.every((name) => change[name] === this.#state[name])) return;
		this.#state = { ...this.#state, ...change };
		if (!this.#ended) this.#tell(this.#state);
	}

	/** Ends what runs by itself. */
	end(): void {
		this.#ended = true;
		this.#reports.end();
		this.#outbox.end();
	}

	/** Takes what the node shows now: the newest messages, and all sets of keys. */
	feed(rows: readonly MessageRow[], sets: readonly KeySetRow[]): void {
		this.#sets = sets;
		void this.#then(async () => {
			await this.#closeGap(rows);
			this.#add(rows);
			await this.#refresh();
		});
	}

	/** The order has ended: what its authors ask to forget is forgotten here and, where it is the reader's, at the node. */
	forgetWhatIsAsked(): void {
		this.#messages.forget();
		void this.#then(() => this.#refresh());
	}

	/** Reads both sides' keys anew. */
	keysChanged(): void {
		this.#otherLog = undefined;
		void this.#then(() => this.#refresh());
	}

	/** The person agreed to the other side's keys as they are. */
	async acceptKeys(): Promise<void> {
		await this.ring.acceptKeysOf(this.other);
		this.keysChanged();
		await this.#work;
	}

	/** Loads what was said before; where that fails, the state says why. */
	loadOlder(): Promise<void> {
		return this.#then(() => this.#older().catch((error: unknown) => this.#fail(error, 'olderFailure')));
	}

	/**
	 * Loads what was said before until `found`, or all of it.
	 * @throws {ActionError} `nothing-older` where the node does not give it @throws {DomainError}
	 * @throws {DOMException} `AbortError` where this ended
	 */
	async loadUntil(found: () => boolean): Promise<void> {
		while (this.#state.hasOlder && !found()) await this.#queue(() => this.#older());
	}

	async #older(): Promise<void> {
		if (this.#ended) throw new DOMException('The talk ended', 'AbortError');
		if (this.#messages.isWhole) return;
		const { oldest } = this.#messages;
		this.#add(await messagesBefore(this.id, oldest, pageSize));
		// Asked again, it would say the same.
		if (!(this.#messages.oldest < oldest)) throw new ActionError('nothing-older');
		await this.#refresh();
		this.#change({ olderFailure: '' });
	}

	/** The key that whatever is put beside the messages is sealed under: the one that they are written with. */
	async keyToWrite(): Promise<OpenedKey> {
		const me = await this.#me();
		const otherLog = await this.#requireOther();
		await this.#requireSets();
		return this.#keys.toWrite(this.place.conversation, me, otherLog);
	}

	/** A key of the conversation's; undefined where this reader has no copy of it. */
	keyOf(keyId: Hex): OpenedKey | undefined {
		return this.#keys.all.find((key) => key.keyId === keyId);
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

	/** One piece of work after the other: what is shown is always of one state. */
	#queue(work: () => Promise<void>): Promise<void> {
		const done = this.#work.then(work);
		// What fails ends alone, and not all that comes after it.
		this.#work = done.catch(() => undefined);
		return done;
	}

	/** The same for what is shown: a failure is shown too. */
	#then(work: () => Promise<void>): Promise<void> {
		return this.#queue(async () => {
			if (this.#ended) return;
			try {
				await work();
				this.#change({ failure: '' });
			} catch (error) {
				this.#fail(error);
			}
		});
	}

	#fail(error: unknown, name: 'failure' | 'olderFailure' = 'failure'): void {
		this.#change({ [name]: failureOf(error).code });
		if (!(error instanceof DomainError || error instanceof ActionError)) throw error;
	}

	#add(rows: readonly Received[]): void {
		this.#unkept.push(...this.#messages.add(rows));
	}

	/** What came between the newest that is known and the oldest of what is shown now, after a long silence. */
	async #closeGap(rows: readonly MessageRow[]): Promise<void> {
		const known = this.#messages.newest;
		let oldest = Math.min(...rows.map(({ position }) => position));
		while (known > 0 && Number.isFinite(oldest) && oldest > known + 1) {
			const page = await messagesBefore(this.id, oldest, pageSize);
			this.#add(page);
			const next = Math.min(...page.map(({ position }) => position));
			if (!(next < oldest)) return;
			oldest = next;
		}
	}

	async #refresh(): Promise<void> {
		if (this.#sets === null) return;
		this.#pins ??= await this.#recall();
		const reader = await this.ring.identities();
		const view = await this.#view();
		if (await this.#keys.open(this.#sets, reader, view)) this.#messages.retry();
		await this.#messages.open(view, this.#keys.all, (message) => this.#headFault(message));
		await this.#messages.checkReceipts(view);
		if (this.#ended) return;

		const isFirst = !this.#state.ready;
		const { waiting } = this.#state;
		const unseen = waiting.filter(({ record }) => this.#messages.get(record.hash) === undefined);
		this.#change({
			faults: this.#messages.faults(this.#pins),
			...{ refused: this.#keys.refused, otherLog: this.#otherLog, ready: true },
			shown: this.#messages.list(),
			waiting: unseen.length < waiting.length ? unseen : waiting,
			hasOlder: !this.#messages.isWhole
		});
		if (isFirst) this.#take(this.#outgoing);
		await this.#keepPins();
		this.#reports.soon();
		const me = reader.at(-1);
		if (me !== undefined) await this.#keys.share(this.place.conversation, me, this.#otherLog ?? null);
	}

	async #keepPins(): Promise<void> {
		const links = this.#unkept;
		if (links.length === 0) return;
		await keepPins(this.ring.wallet, this.id, (before) => pinsOf(links, before));
		this.#unkept = this.#unkept.slice(links.length);
	}

	/** What this browser saw before, and the last messages of devices that are not shown: a node must still have them. */
	async #recall(): Promise<ChainPin[]> {
		const pins = await readPins(this.ring.wallet, this.id);
		const missing = pins.filter(
			({ author, device }) => !this.#unkept.some((one) => one.author === author && one.device === device)
		);
		this.#messages.arrange(await messagesAt(this.id, missing));
		return pins;
	}

	/** Which keys there are, before one is made: where the page has not heard of them yet, two would do for one. */
	async #requireSets(): Promise<void> {
		if (this.#state.ready) return;
		await this.#queue(async () => {
			const sets = this.#sets ?? (await keySetsOf(this.id));
			await this.#keys.open(sets, await this.ring.identities(), await this.#view());
		});
	}

	async #view(): Promise<PlainView> {
		if (this.#otherLog === undefined) {
			const other = await this.ring.keyLogOf(this.other);
			for (const log of [this.ring.log, other]) if (log !== null) this.#requireAnchor(log);
			this.#otherLog = other;
			this.#keys.forget();
			this.#messages.retry();
		}
		const { conversation, parties } = this.place;
		const logs = [this.ring.log, this.#otherLog].filter((log): log is SeenKeyLog => log !== null);
		return { conversation, parties, arbitrators: [], logs };
	}

	#requireAnchor(log: KeyLog): void {
		requireAnchor(log, this.place.anchors[log.wallet] ?? noHash);
	}

	/** Whether the author of a message saw the same key logs as this reader. */
	async #headFault(message: Message): Promise<DomainError | null> {
		const { wallet } = this.ring;
		const heads = message.author === wallet ? [message.ownLog, message.otherLog] : [message.otherLog, message.ownLog];
		for (const [at, log] of [this.ring.log, this.#otherLog].entries()) {
			if (log === null || log === undefined) continue;
			try {
				requireSeenHead(log, heads[at] ?? noHash);
			} catch {
				// A copy that may be old is fetched anew first.
				const fresh = await this.ring.keyLogOf(log.wallet);
				try {
					if (fresh !== null) requireSeenHead(fresh, heads[at] ?? noHash);
				} catch (error) {
					return error as DomainError;
				}
				if (at === 1) this.#otherLog = fresh;
			}
		}
		return null;
	}

	/** What waits to be sent, and what was sent and is not shown yet, opened for its author. */
	#take(outgoing: readonly Outgoing[]): void {
		this.#outgoing = outgoing;
		for (const hash of this.#sent.keys()) if (this.#messages.get(hash) !== undefined) this.#sent.delete(hash);
		const unsent = outgoing.filter(({ record }) => !this.#sent.has(record.hash));
		const all = [...this.#sent.values(), ...unsent].toSorted((a, b) => a.at - b.at);
		this.#openOwn(all)
			.then((waiting) => {
				const isNotShown = ({ record }: Shown) => this.#messages.get(record.hash) === undefined;
				if (this.#outgoing === outgoing) this.#change({ waiting: waiting.filter(isNotShown) });
			})
			.catch((error: unknown) => this.#fail(error));
	}

	async #openOwn(outgoing: readonly Outgoing[]): Promise<Shown[]> {
		if (outgoing.length === 0 || !this.#state.ready) return [];
		const view = await this.#view();
		const records = outgoing.map(({ record }) => record);
		const results = await inWorker('openMessages', { records, view, keys: this.#keys.all });
		return results.map((result, at): Shown => {
			const one = outgoing[at] as Outgoing;
			const isSent = this.#sent.has(one.record.hash);
			return {
				key: one.record.hash,
				record: result.record,
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
		const last = this.#state.shown.findLast(({ mine, message }) => !mine && message !== null);
		return {
			seen: last?.record.hash ?? noHash,
			ownLog: this.ring.log?.head ?? noHash,
			otherLog: this.#otherLog?.head ?? noHash
		};
	}

	readonly #reseal = async (record: MessageRecord, place: Pick<Draft, 'device' | 'seq' | 'previousHash'>) => {
		const me = await this.#me();
		const view = await this.#view();
		const [result] = await inWorker('openMessages', { records: [record], view, keys: this.#keys.all });
		if (result?.message == null) throw result?.error ?? new ActionError('unreadable');
		const { body, sentAt } = result.message;
		const key = this.#keys.all.find(({ keyId }) => keyId === record.keyId);
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
		await this.#view();
		const log = this.#otherLog ?? null;
		if (log?.changes.some(({ continuity }) => continuity === 'wallet-only')) throw new ActionError('keys-changed');
		return log;
	}
}
