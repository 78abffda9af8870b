/**
 * A conversation as its reader sees it, checked end to end: what the node relays goes in, and comes out in order, opened,
 * with whatever is wrong in its place. Heavy: import it when a conversation is shown to somebody whose keys are open.
 */
import { conversationId, type Conversation, type MessageRecord } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { KeySetRow, MessageRow } from '#lib/domain/publications.ts';
import { pinsOf, type ChainFault, type ChainPin } from '#lib/crypto/chain.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import { erasuresIn, isAsked, isErasableBody, removedFrom, type Erasures } from '#lib/crypto/erasure.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { requireAnchor, requireSeenHead, type KeyLog } from '#lib/crypto/key-log.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { Draft, Message } from '#lib/crypto/message.ts';
import { requireReceipt, signReceipt } from '#lib/crypto/receipt.ts';
import { keysFrom } from '#lib/crypto/conversation.ts';
import type { PlainView } from '#lib/crypto/tasks.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { ActionError, failureOf } from '#lib/client/failure.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { TalkKeys, type RefusedSet } from './keys.ts';
import { Outbox } from './outbox.ts';
import { messagesAt, messagesBefore, sendErase, sendRead, sendReceipts, type Received } from './requests.ts';
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
};

/** The state of a conversation before anything is known of it. */
export const nothingYet: TalkState = {
	...{ shown: [], waiting: [], faults: [], refused: [] },
	...{ otherLog: undefined, failure: '', ready: false, hasOlder: false }
};

const pageSize = 100;
/** How often the node is told what came and was read, and how soon again where it does not answer, in milliseconds. */
const reportEvery = 1_000;
const reportAgain = 10_000;

export class Talk {
	readonly ring: Keyring;
	readonly place: TalkPlace;
	readonly id: string;
	readonly other: Wallet;

	readonly #tell: (state: TalkState) => void;
	#state: TalkState = nothingYet;
	#otherLog: SeenKeyLog | null | undefined;

	readonly #keys = new TalkKeys();
	readonly #records = new Map<Hex, Received>();
	readonly #opened = new Map<Hex, { message: Message | null; error: DomainError | null }>();
	readonly #receipts = new Map<Hex, Progress>();
	readonly #sentReceipts = new Set<string>();
	/** What authors asked to forget, whether it is forgotten by now, and what the node was told to drop. */
	#asked: Erasures = new Map();
	#forgets = false;
	readonly #sentErasures = new Set<Hex>();
	/** What the person has read, and up to where the node knows. */
	#read = { position: 0, withReceipts: false };
	#reported = 0;
	#reporting: ReturnType<typeof setTimeout> | undefined;
	readonly #outbox: Outbox;
	#outgoing: readonly Outgoing[] = [];
	#pins: ChainPin[] | null = null;
	#sets: readonly KeySetRow[] = [];
	#positions = new Map<number, Hex>();
	readonly #recalled = new Map<Hex, Received>();
	#firstNew = Infinity;
	#ended = false;
	#work: Promise<void> = Promise.resolve();

	/** @param tell is given the state whenever it is another */
	constructor(ring: Keyring, place: TalkPlace, tell: (state: TalkState) => void) {
		this.ring = ring;
		this.place = place;
		this.#tell = tell;
		this.id = conversationId(place.conversation);
		this.other = place.parties.find((wallet) => wallet !== ring.wallet) ?? ring.wallet;
		this.#outbox = new Outbox(ring.wallet, this.id, { reseal: this.#reseal }, (waiting) => this.#take(waiting));
	}

	#change(change: Partial<TalkState>): void {
		this.#state = { ...this.#state, ...change };
		if (!this.#ended) this.#tell(this.#state);
	}

	/** Ends what runs by itself. */
	end(): void {
		this.#ended = true;
		clearTimeout(this.#reporting);
		this.#outbox.end();
	}

	/** Takes what the node shows now: the newest messages, and all sets of keys. */
	feed(rows: readonly MessageRow[], sets: readonly KeySetRow[]): void {
		this.#sets = sets;
		this.#then(async () => {
			await this.#closeGap(rows);
			this.#add(rows);
			await this.#refresh();
		});
	}

	/** The order has ended: what its authors ask to forget is forgotten here and, where it is the reader's, at the node. */
	forgetWhatIsAsked(): void {
		this.#forgets = true;
		this.#then(() => this.#refresh());
	}

	/** Reads both sides' keys anew. */
	keysChanged(): void {
		this.#otherLog = undefined;
		this.#then(() => this.#refresh());
	}

	/** The person agreed to the other side's keys as they are. */
	async acceptKeys(): Promise<void> {
		await this.ring.acceptKeysOf(this.other);
		this.keysChanged();
		await this.#work;
	}

	/** Loads what was said before. */
	async loadOlder(): Promise<void> {
		this.#then(async () => {
			const oldest = Math.min(...this.#positions.keys());
			if (!Number.isFinite(oldest) || oldest <= 1) return;
			this.#add(await messagesBefore(this.id, oldest, pageSize));
			await this.#refresh();
		});
		await this.#work;
	}

	/** Writes a message. It is kept when this resolves, and sent when the node answers. */
	async say(body: MessageBody): Promise<void> {
		const me = await this.#me();
		const otherLog = await this.#requireOther();
		const key = await this.#keys.toWrite(this.place.conversation, me, otherLog);
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
		const position = Math.max(0, ...this.#positions.keys());
		if (position <= this.#read.position) return;
		this.#read = { position, withReceipts };
		this.#report();
	}

	/** Tells the node, and the authors, what came and was read: once in a while, however much it is. */
	#report(wait = reportEvery): void {
		this.#reporting ??= setTimeout(() => {
			this.#reporting = undefined;
			if (this.#ended) return;
			this.#reportNow()
				.then(() => this.#eraseNow())
				.catch(() => this.#report(reportAgain));
		}, wait);
	}

	async #reportNow(): Promise<void> {
		const { position, withReceipts } = this.#read;
		if (position > this.#reported) await sendRead(this.id, position);
		this.#reported = position;
		const due = [...this.#records.values()].flatMap((row) => {
			if (row.author === this.ring.wallet || this.#opened.get(row.hash)?.message == null) return [];
			const kind = withReceipts && row.position <= position ? 'read' : 'delivered';
			const isKnown = row.receipts.read !== null || row.receipts[kind] !== null;
			return isKnown || this.#sentReceipts.has(`${kind}:${row.hash}`) ? [] : [{ kind, row } as const];
		});
		if (due.length === 0) return;
		const me = await this.#me();
		const { conversation } = this.place;
		await sendReceipts(
			this.id,
			due.map(({ kind, row }) => signReceipt(kind, row, conversation, me))
		);
		for (const { kind, row } of due) this.#sentReceipts.add(`${kind}:${row.hash}`);
	}

	/** Whatever the reader asked to forget, on this device or another, and the node may still have. */
	async #eraseNow(): Promise<void> {
		if (!this.#forgets) return;
		const due = [...(this.#asked.get(this.ring.wallet) ?? [])].filter(
			(hash) => !this.#sentErasures.has(hash) && this.#records.get(hash)?.sealed !== null
		);
		for (let from = 0; from < due.length; from += 100) await sendErase(this.id, due.slice(from, from + 100));
		for (const hash of due) this.#sentErasures.add(hash);
	}

	/** One piece of work after the other: what is shown is always of one state. */
	#then(work: () => Promise<void>): void {
		this.#work = this.#work.then(async () => {
			if (this.#ended) return;
			try {
				await work();
				this.#change({ failure: '' });
			} catch (error) {
				this.#change({ failure: failureOf(error).code });
				if (!(error instanceof DomainError || error instanceof ActionError)) throw error;
			}
		});
	}

	#add(rows: readonly (Received | MessageRow)[]): void {
		for (const row of rows) {
			this.#records.set(row.hash, row);
			this.#positions.set(row.position, row.hash);
		}
	}

	/** What came between the newest that is known and the oldest of what is shown now, after a long silence. */
	async #closeGap(rows: readonly MessageRow[]): Promise<void> {
		const known = Math.max(0, ...this.#positions.keys());
		let oldest = Math.min(...rows.map(({ position }) => position));
		while (known > 0 && Number.isFinite(oldest) && oldest > known + 1) {
			const page = await messagesBefore(this.id, oldest, pageSize);
			if (page.length === 0) return;
			this.#add(page);
			oldest = Math.min(...page.map(({ position }) => position));
		}
	}

	async #refresh(): Promise<void> {
		const { wallet } = this.ring;
		this.#pins ??= await this.#recall();
		const reader = await this.ring.identities();
		const view = await this.#view();
		await this.#keys.open(this.#sets, reader, view);
		await this.#open(view);
		this.#forget();
		await this.#checkReceipts(view);

		const links = [...new Map([...this.#recalled, ...this.#records]).values()];
		const isWhole = this.#isWhole();
		const { faults, order } = await inWorker('arrange', { links, pins: this.#pins, isWhole });
		if (this.#ended) return;
		this.#change({
			faults: [...faults, ...removedFrom(this.#records.values(), this.#asked)],
			...{ refused: this.#keys.refused, otherLog: this.#otherLog, ready: true },
			shown: order.flatMap((hash) => this.#showRecord(hash, wallet)),
			hasOlder: !isWhole
		});
		if (this.#firstNew === Infinity) this.#firstNew = Math.max(0, ...this.#positions.keys()) + 1;
		this.#take(this.#outgoing);
		await keepPins(wallet, this.id, (before) => pinsOf(links, before));
		this.#report();
		const me = reader.at(-1);
		if (me !== undefined) await this.#keys.share(this.place.conversation, me, this.#otherLog ?? null);
	}

	/** What this browser saw before, and the last messages of devices that are not shown: a node must still have them. */
	async #recall(): Promise<ChainPin[]> {
		const pins = await readPins(this.ring.wallet, this.id);
		const shown = new Set([...this.#records.values()].map(({ author, device }) => `${author}:${device}`));
		const missing = pins.filter(({ author, device }) => !shown.has(`${author}:${device}`));
		for (const row of await messagesAt(this.id, missing)) this.#recalled.set(row.hash, row);
		return pins;
	}

	/** Whether every message from the first on is loaded. */
	#isWhole(): boolean {
		return this.#positions.size > 0 ? Math.min(...this.#positions.keys()) === 1 : true;
	}

	async #view(): Promise<PlainView> {
		if (this.#otherLog === undefined) {
			const other = await this.ring.keyLogOf(this.other);
			for (const log of [this.ring.log, other]) if (log !== null) this.#requireAnchor(log);
			this.#otherLog = other;
			this.#keys.forget();
		}
		const { conversation, parties } = this.place;
		const logs = [this.ring.log, this.#otherLog].filter((log): log is SeenKeyLog => log !== null);
		return { conversation, parties, arbitrators: [], logs };
	}

	#requireAnchor(log: KeyLog): void {
		requireAnchor(log, this.place.anchors[log.wallet] ?? noHash);
	}

	async #open(view: PlainView): Promise<void> {
		const isUnreadable = (error: DomainError | null) => error?.data.what === 'message-key';
		const records = [...this.#records.values()].filter(({ hash }) => {
			const before = this.#opened.get(hash);
			return before === undefined || isUnreadable(before.error);
		});
		if (records.length === 0) return;
		const oldest = new Map(view.logs.map((log): [Wallet, number] => [log.wallet, log.current.epoch]));
		const keys = this.#keys.all;
		// What was there before may be signed with keys that were replaced since; what comes now may not.
		const { before = [], now = [] } = Object.groupBy(records, ({ position }) =>
			position < this.#firstNew ? 'before' : 'now'
		);
		for (const [rows, rule] of [[before, {}] as const, [now, { oldest }] as const]) {
			if (rows.length === 0) continue;
			const results = await inWorker('openMessages', { records: rows.map(recordOf), view, keys, ...rule });
			for (const result of results) {
				const error = result.message === null ? result.error : await this.#headFault(result.message);
				this.#opened.set(result.record.hash, { message: error === null ? result.message : null, error });
			}
		}
	}

	/** Drops what the authors asked to forget, once nothing is decided any more that it could speak for or against. */
	#forget(): void {
		this.#asked = erasuresIn([...this.#opened.values()].flatMap(({ message }) => message ?? []));
		if (!this.#forgets) return;
		for (const [hash, { message }] of this.#opened)
			if (message !== null && isErasableBody(message.body) && isAsked(message, this.#asked))
				this.#opened.set(hash, { message: null, error: new Unreadable({ what: 'erased' }) });
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

	/** How far one's own messages are, by receipts that the other side signed. */
	async #checkReceipts(view: PlainView): Promise<void> {
		const whole = { ...view, keysOf: keysFrom(view.logs) };
		for (const row of this.#records.values()) {
			if (row.author !== this.ring.wallet || this.#receipts.get(row.hash) === 'read') continue;
			let progress: Progress = 'sent';
			for (const kind of ['delivered', 'read'] as const) {
				const kept = row.receipts[kind];
				if (kept === null) continue;
				const { author, device, seq, hash, conversation } = row;
				try {
					await requireReceipt({ kind, conversation, author, device, seq, hash, ...kept }, row, whole);
					progress = kind;
				} catch {
					// A receipt that its reader did not sign says nothing.
				}
			}
			this.#receipts.set(row.hash, progress);
		}
	}

	#showRecord(hash: Hex, wallet: Wallet): Shown[] {
		const record = this.#records.get(hash);
		if (record === undefined) return [];
		const { message, error: found } = this.#opened.get(hash) ?? { message: null, error: null };
		const isGone = message === null && record.sealed === null && !isAsked(record, this.#asked);
		const error = isGone ? new Unreadable({ what: 'removed' }) : found;
		const mine = record.author === wallet;
		const progress = this.#receipts.get(hash) ?? 'sent';
		return [{ key: hash, record, message, error, mine, progress, outgoing: null }];
	}

	/** What waits to be sent, opened for its author. */
	#take(outgoing: readonly Outgoing[]): void {
		this.#outgoing = outgoing;
		const unsent = outgoing.filter(({ record }) => !this.#records.has(record.hash));
		void this.#openOwn(unsent).then((shown) => {
			if (this.#outgoing === outgoing) this.#change({ waiting: shown });
		});
	}

	async #openOwn(outgoing: readonly Outgoing[]): Promise<Shown[]> {
		if (outgoing.length === 0 || !this.#state.ready) return [];
		const view = await this.#view();
		const records = outgoing.map(({ record }) => record);
		const results = await inWorker('openMessages', { records, view, keys: this.#keys.all });
		return results.map((result, at): Shown => {
			const one = outgoing[at] as Outgoing;
			return {
				key: `out:${one.at}`,
				record: result.record,
				message: result.message,
				error: result.message === null ? result.error : null,
				mine: true,
				progress: one.failure === null ? 'waiting' : 'failed',
				outgoing: one
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

function recordOf(row: Received | MessageRow): MessageRecord {
	const { conversation, author, device, seq, previousHash, keyId, seen, sentAt, files, sealed, hash } = row;
	return { conversation, author, device, seq, previousHash, keyId, seen, sentAt, files, sealed, hash };
}
