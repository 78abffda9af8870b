/**
 * The messages of a conversation, opened, checked and arranged. Each is opened and checked when it comes and when it differs
 * from what came before; only their order is gone through as a whole for one more.
 */
import { lastTime, type Receipt } from '#lib/domain/conversation.ts';
import type { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { Arrangement } from '#lib/crypto/arrangement.ts';
import type { ChainFault, ChainPin } from '#lib/crypto/chain.ts';
import { erasuresIn, isAsked, isErasableBody, removedFrom, type Erasures } from '#lib/crypto/erasure.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import type { Message } from '#lib/crypto/message.ts';
import type { OpenedKey, PlainView } from '#lib/crypto/tasks.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { recordOf, type Received } from './requests.ts';
import type { Progress, Shown } from './states.ts';

type Opened = { message: Message | null; error: DomainError | null };

export class TalkMessages {
	readonly #viewer: Wallet;
	/** The viewer is none of the two: what either of them confirmed is looked at. */
	readonly #isOutside: boolean;
	readonly #rows = new Map<Hex, Received>();
	readonly #opened = new Map<Hex, Opened>();
	readonly #progress = new Map<Hex, Progress>();
	readonly #arrangement = new Arrangement();
	readonly #arranged = new Set<Hex>();
	readonly #shown = new Map<Hex, Shown>();
	#list: readonly Shown[] = [];
	#newest = 0;
	#oldest = Infinity;
	/** The first position that was not there when the conversation was opened. */
	#firstNew = Infinity;
	/** What authors asked to forget, whether it is forgotten by now, and what has no ciphertext. */
	readonly #asked = new Map<Wallet, Set<Hex>>();
	#forgets = false;
	readonly #emptied = new Set<Hex>();
	/** What is left to do. */
	readonly #unopened = new Set<Hex>();
	readonly #unchecked = new Set<Hex>();
	readonly #stale = new Set<Hex>();
	/** Messages of the other side that opened, and that it has no receipt of being read for. */
	readonly #unconfirmed = new Map<Hex, Received>();

	constructor(viewer: Wallet, parties: readonly Wallet[]) {
		this.#viewer = viewer;
		this.#isOutside = !parties.includes(viewer);
	}

	/** The position of the newest message; 0 where there is none. */
	get newest(): number {
		return this.#newest;
	}

	/** The position of the oldest message that is here; infinite where there is none. */
	get oldest(): number {
		return this.#oldest;
	}

	/** Whether every message from the first on is here. */
	get isWhole(): boolean {
		return this.#rows.size === 0 || this.#oldest <= 1;
	}

	get(hash: Hex): Received | undefined {
		return this.#rows.get(hash);
	}

	/** Messages that the other side may still be told of that they came, or were read. */
	get unconfirmed(): Iterable<Received> {
		return this.#unconfirmed.values();
	}

	/** What the viewer asked to forget, and the node still had when it was last heard of. */
	get toForget(): Hex[] {
		if (!this.#forgets) return [];
		return [...(this.#asked.get(this.#viewer) ?? [])].filter((hash) => this.#rows.get(hash)?.sealed !== null);
	}

	/** Takes what the node gives. @returns those that were not here before */
	add(rows: Iterable<Received>): Received[] {
		const added: Received[] = [];
		for (const given of rows) {
			const row = dated(given);
			const known = this.#rows.get(row.hash);
			if (known === row) continue;
			this.#rows.set(row.hash, row);
			this.#newest = Math.max(this.#newest, row.position);
			this.#oldest = Math.min(this.#oldest, row.position);
			if (row.sealed === null) this.#emptied.add(row.hash);
			else this.#emptied.delete(row.hash);
			if (known === undefined) added.push(row);
			if (known === undefined || !isSame(known, row)) this.#unopened.add(row.hash);
			if (this.#unconfirmed.has(row.hash)) this.#unconfirmed.set(row.hash, row);
			if (this.#isOutside || row.author === this.#viewer) this.#unchecked.add(row.hash);
			else if (row.receipts.read !== null) this.#unconfirmed.delete(row.hash);
			this.#stale.add(row.hash);
		}
		this.arrange(added);
		return added;
	}

	/** Takes places of messages that are not shown, for what they say of those that are. */
	arrange(rows: Iterable<Received>): void {
		const fresh = [...rows].filter(({ hash }) => !this.#arranged.has(hash));
		for (const { hash } of fresh) this.#arranged.add(hash);
		this.#arrangement.add(fresh.map((row) => placeOf(dated(row))));
	}

	/** What did not open is tried again: there are other keys now. */
	retry(): void {
		for (const [hash, { error }] of this.#opened) if (error !== null) this.#unopened.add(hash);
	}

	/** What the authors asked to forget is forgotten from now on: nothing is decided any more that it could speak for. */
	forget(): void {
		this.#forgets = true;
		for (const hashes of this.#asked.values())
			for (const hash of hashes) {
				this.#stale.add(hash);
				this.#forgetOne(hash);
			}
	}

	/** Requests that count: before they do, a node that drops something on its author's word is at fault too. */
	get #granted(): Erasures {
		return this.#forgets ? this.#asked : new Map();
	}

	/** Opens what was not opened yet. @param faultOf what else is wrong with a message that opened */
	async open(
		view: PlainView,
		keys: readonly OpenedKey[],
		faultOf: (message: Message) => Promise<DomainError | null>
	): Promise<void> {
		const rows = [...this.#unopened].flatMap((hash) => this.#rows.get(hash) ?? []);
		const oldest = new Map(view.logs.map((log): [Wallet, number] => [log.wallet, log.current.epoch]));
		// What was there before may be signed with keys that were replaced since; what comes now may not.
		const { before = [], now = [] } = Object.groupBy(rows, ({ position }) =>
			position < this.#firstNew ? 'before' : 'now'
		);
		for (const [some, rule] of [[before, {}] as const, [now, { oldest }] as const]) {
			if (some.length === 0) continue;
			const results = await inWorker('openMessages', { records: some.map(recordOf), view, keys, ...rule });
			for (const result of results) {
				const error = result.message === null ? result.error : await faultOf(result.message);
				this.#take(result.record.hash, { message: error === null ? result.message : null, error });
			}
		}
		if (this.#firstNew === Infinity) this.#firstNew = this.#newest + 1;
	}

	#take(hash: Hex, opened: Opened): void {
		const { message } = opened;
		const row = this.#rows.get(hash);
		this.#unopened.delete(hash);
		this.#opened.set(hash, opened);
		this.#stale.add(hash);
		if (message === null || row === undefined) return;
		if (!this.#isOutside && row.author !== this.#viewer && row.receipts.read === null) this.#unconfirmed.set(hash, row);
		this.#ask(message);
		if (this.#forgets) this.#forgetOne(hash);
	}

	#ask(message: Message): void {
		for (const [author, hashes] of erasuresIn([message])) {
			const asked = this.#asked.get(author) ?? new Set();
			this.#asked.set(author, asked.union(hashes));
			for (const hash of hashes) {
				this.#stale.add(hash);
				if (this.#forgets) this.#forgetOne(hash);
			}
		}
	}

	#forgetOne(hash: Hex): void {
		const message = this.#opened.get(hash)?.message;
		if (!message || !isErasableBody(message.body) || !isAsked(message, this.#asked)) return;
		this.#opened.set(hash, { message: null, error: new Unreadable({ what: 'erased' }) });
		this.#stale.add(hash);
	}

	/** How far the viewer's own messages are, or both sides' to whoever is none of them, by receipts that were signed. */
	async checkReceipts(view: PlainView): Promise<void> {
		const due = [...this.#unchecked].flatMap((hash) => {
			const row = this.#rows.get(hash);
			return row === undefined || this.#progress.get(hash) === 'read' ? [] : receiptsOf(row);
		});
		this.#unchecked.clear();
		if (due.length === 0) return;
		const areSigned = await inWorker('checkReceipts', { receipts: due, view });
		// A receipt that its reader did not sign says nothing.
		for (const [at, { receipt }] of due.entries()) {
			if (!areSigned[at] || this.#progress.get(receipt.hash) === 'read') continue;
			this.#progress.set(receipt.hash, receipt.kind);
			this.#stale.add(receipt.hash);
		}
	}

	/** What a node dropped, withheld, repeated, moved or removed. @param pins what this browser saw before */
	faults(pins: readonly ChainPin[]): ChainFault[] {
		const emptied = [...this.#emptied].flatMap((hash) => this.#rows.get(hash) ?? []);
		return [...this.#arrangement.faults(pins, this.isWhole), ...removedFrom(emptied, this.#granted)];
	}

	/** What is shown, oldest first. What is as it was is the same object, and the list too where nothing differs. */
	list(): readonly Shown[] {
		let differs = false;
		for (const hash of this.#stale) {
			const before = this.#shown.get(hash);
			const after = this.#show(hash);
			if (after === null || (before !== undefined && isAlike(before, after))) continue;
			this.#shown.set(hash, after);
			differs = true;
		}
		this.#stale.clear();
		if (differs) this.#list = this.#arrangement.order.flatMap((hash) => this.#shown.get(hash) ?? []);
		return this.#list;
	}

	#show(hash: Hex): Shown | null {
		const record = this.#rows.get(hash);
		if (record === undefined) return null;
		const { message, error: found } = this.#opened.get(hash) ?? { message: null, error: null };
		const isGone = message === null && record.sealed === null && !isAsked(record, this.#granted);
		const error = isGone ? new Unreadable({ what: 'removed' }) : found;
		const mine = record.author === this.#viewer;
		const progress = this.#progress.get(hash) ?? 'sent';
		const arrival = { at: arrivalOf(record), position: record.position };
		return { key: hash, record, arrival, message, error, mine, progress, outgoing: null };
	}
}

/** Where a node gives a time that is none, the message stands where 1970 does, and is refused: that is not what is signed. */
function dated(row: Received): Received {
	return Number.isInteger(row.sentAt) && row.sentAt >= 0 && row.sentAt <= lastTime ? row : { ...row, sentAt: 0 };
}

/** Where a node gives a time of arrival that is none, it stands where 1970 does. */
function arrivalOf({ receivedAt }: Received): number {
	return new Date(receivedAt).getTime() || 0;
}

/** Only what an arrangement keeps: ten thousand ciphertexts stay in one place. */
function placeOf({ author, device, seq, previousHash, hash, seen, sentAt }: Received) {
	return { author, device, seq, previousHash, hash, seen, sentAt };
}

/** Whether a record says what it said, or has lost its ciphertext since. */
function isSame(before: Received, after: Received): boolean {
	const sealed = after.sealed ?? before.sealed;
	return JSON.stringify(recordOf(before)) === JSON.stringify(recordOf({ ...after, sealed }));
}

function isAlike(one: Shown, other: Shown): boolean {
	const isSameError = one.error?.code === other.error?.code && one.error?.data.what === other.error?.data.what;
	const isKept = (one.record.sealed === null) === (other.record.sealed === null);
	return one.message === other.message && isSameError && isKept && one.progress === other.progress;
}

/** The receipts of a message; the one that says more comes last. */
function receiptsOf(of: Received): { receipt: Receipt; of: Received }[] {
	const { conversation, author, device, seq, hash, receipts } = of;
	return (['delivered', 'read'] as const).flatMap((kind) => {
		const kept = receipts[kind];
		return kept === null ? [] : [{ receipt: { kind, conversation, author, device, seq, hash, ...kept }, of }];
	});
}
