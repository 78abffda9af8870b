/**
 * What everybody who may read a conversation does with it: what the node relays goes in, and comes out in order, opened and
 * checked, with whatever is wrong in its place. The two who talk have a `Talk`, whoever was drawn to decide a `Reading`.
 */
import { conversationId, type Conversation, type KeySet } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { pinsOf, type ChainPin, type Link } from '#lib/crypto/chain.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { requireAnchor, requireSeenHead, type KeyLog } from '#lib/crypto/key-log.ts';
import type { Message } from '#lib/crypto/message.ts';
import type { OpenedKey, PlainView } from '#lib/crypto/tasks.ts';
import { ActionError, failureOf } from '#lib/client/failure.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { TalkKeys } from './keys.ts';
import { TalkMessages } from './messages.ts';
import { keySetsOf, messagesAt, messagesBefore, type Received } from './requests.ts';
import type { ReaderState } from './states.ts';
import { keepPins, readPins } from './store.ts';

/** What is known of a conversation from elsewhere than who relays it. */
export type TalkPlace = {
	conversation: Conversation;
	parties: readonly [Wallet, Wallet];
	/** The keys that a signed offer or the order itself names, by wallet: see `hashKeys`; zero where it names none. */
	anchors: Readonly<Record<Wallet, Hex>>;
};

const pageSize = 100;

/** What is put beside the messages takes of a conversation: whoever reads it, and under which key. */
export type TalkOfKeys = Pick<TalkReader, 'ring' | 'place' | 'keyToWrite' | 'keyOf'>;

export abstract class TalkReader<State extends ReaderState = ReaderState> {
	readonly ring: Keyring;
	readonly place: TalkPlace;
	readonly id: string;

	readonly #tell: (state: State) => void;
	protected state: State;
	protected readonly keys = new TalkKeys();
	protected readonly messages: TalkMessages;
	/** Others' checked key logs; null where they have none. Those that are not here are to be read. */
	protected readonly logs = new Map<Wallet, SeenKeyLog | null>();
	protected ended = false;

	#arbitrators: readonly Wallet[] = [];
	/** Null until the node, or this browser, said which there are. */
	#sets: readonly KeySet[] | null = null;
	#pins: ChainPin[] | null = null;
	/** Messages that came since what was seen was last kept. */
	#unkept: Link[] = [];
	#work: Promise<void> = Promise.resolve();

	/** @param tell is given the state whenever it is another */
	constructor(ring: Keyring, place: TalkPlace, before: State, tell: (state: State) => void) {
		this.ring = ring;
		this.place = place;
		this.state = before;
		this.#tell = tell;
		this.id = conversationId(place.conversation);
		this.messages = new TalkMessages(ring.wallet, place.parties);
	}

	protected change(change: Partial<State>): void {
		const names = Object.keys(change) as (keyof State)[];
		if (names.every((name) => change[name] === this.state[name])) return;
		this.state = { ...this.state, ...change };
		if (!this.ended) this.#tell(this.state);
	}

	/** Ends what runs by itself. */
	end(): void {
		this.ended = true;
	}

	/** Takes what the node shows now: the newest messages, and all sets of keys. */
	feed(rows: readonly Received[], sets: readonly KeySet[]): void {
		this.#sets = sets;
		void this.attempt(async () => {
			await this.#closeGap(rows);
			this.#add(rows);
			await this.refresh();
		});
	}

	/**
	 * Whoever was drawn to decide: they may hold copies of the keys, and nobody else but the two. Who is *given* one is
	 * another matter: see `confirmReaders`.
	 */
	setArbitrators(wallets: readonly Wallet[]): void {
		if (wallets.join() === this.#arbitrators.join()) return;
		this.#arbitrators = [...wallets];
		void this.attempt(() => this.refresh());
	}

	/** The order has ended: what its authors ask to forget is forgotten here and, where it is the reader's, at the node. */
	forgetWhatIsAsked(): void {
		this.messages.forget();
		void this.attempt(() => this.refresh());
	}

	/** Reads everybody's keys anew. */
	keysChanged(): void {
		this.logs.clear();
		void this.attempt(() => this.refresh());
	}

	/** Loads what was said before; where that fails, the state says why. */
	loadOlder(): Promise<void> {
		return this.attempt(() => this.#older().catch((error: unknown) => this.fail(error, 'olderFailure')));
	}

	/**
	 * Loads what was said before until `found`, or all of it.
	 * @throws {ActionError} `nothing-older` where the node does not give it @throws {DomainError}
	 * @throws {DOMException} `AbortError` where this ended
	 */
	async loadUntil(found: () => boolean): Promise<void> {
		while (this.state.hasOlder && !found()) await this.queue(() => this.#older());
	}

	async #older(): Promise<void> {
		if (this.ended) throw new DOMException('The talk ended', 'AbortError');
		if (this.messages.isWhole) return;
		const { oldest } = this.messages;
		this.#add(await messagesBefore(this.id, oldest, pageSize));
		// Asked again, it would say the same.
		if (!(this.messages.oldest < oldest)) throw new ActionError('nothing-older');
		await this.refresh();
		this.change({ olderFailure: '' } as Partial<State>);
	}

	/** The key that whatever is put beside the messages is sealed under. */
	abstract keyToWrite(): Promise<OpenedKey>;

	/** A key of the conversation's; undefined where this reader has no copy of it. */
	keyOf(keyId: Hex): OpenedKey | undefined {
		return this.keys.all.find((key) => key.keyId === keyId);
	}

	/** One piece of work after the other: what is shown is always of one state. */
	protected queue(work: () => Promise<void>): Promise<void> {
		const done = this.#work.then(work);
		// What fails ends alone, and not all that comes after it.
		this.#work = done.catch(() => undefined);
		return done;
	}

	/** The same for what is shown: a failure is shown too. */
	protected attempt(work: () => Promise<void>): Promise<void> {
		return this.queue(async () => {
			if (this.ended) return;
			try {
				await work();
				this.change({ failure: '' } as Partial<State>);
			} catch (error) {
				this.fail(error);
			}
		});
	}

	protected fail(error: unknown, name: 'failure' | 'olderFailure' = 'failure'): void {
		this.change({ [name]: failureOf(error).code } as Partial<State>);
		if (!(error instanceof DomainError || error instanceof ActionError)) throw error;
	}

	#add(rows: readonly Received[]): void {
		this.#unkept.push(...this.messages.add(rows));
	}

	/** What came between the newest that is known and the oldest of what is shown now, after a long silence. */
	async #closeGap(rows: readonly Received[]): Promise<void> {
		const known = this.messages.newest;
		let oldest = Math.min(...rows.map(({ position }) => position));
		while (known > 0 && Number.isFinite(oldest) && oldest > known + 1) {
			const page = await messagesBefore(this.id, oldest, pageSize);
			this.#add(page);
			const next = Math.min(...page.map(({ position }) => position));
			if (!(next < oldest)) return;
			oldest = next;
		}
	}

	protected async refresh(): Promise<void> {
		if (this.#sets === null) return;
		this.#pins ??= await this.#recall();
		const reader = await this.ring.identities();
		const view = await this.view();
		if (await this.keys.open(this.#sets, reader, view)) this.messages.retry();
		await this.messages.open(view, this.keys.all, (message) => this.#headFault(message));
		await this.messages.checkReceipts(view);
		if (this.ended) return;

		this.change({
			faults: this.messages.faults(this.#pins),
			...{ refused: this.keys.refused, ready: true },
			shown: this.messages.list(),
			hasOlder: !this.messages.isWhole,
			...this.alsoShown()
		} as unknown as Partial<State>);
		await this.#keepPins();
		await this.afterShown(reader);
	}

	/** What is shown beside what every reader sees. */
	protected abstract alsoShown(): Omit<Partial<State>, keyof ReaderState>;

	/** What there is to do once it is shown. @param _reader the reader's identities, of all epochs */
	protected afterShown(_reader: readonly Identity[]): Promise<void> {
		return Promise.resolve();
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
		this.messages.arrange(await messagesAt(this.id, missing));
		return pins;
	}

	/** Which keys there are, before one is made: where the page has not heard of them yet, two would do for one. */
	protected async requireSets(): Promise<void> {
		if (this.state.ready) return;
		await this.queue(async () => {
			const sets = this.#sets ?? (await keySetsOf(this.id));
			await this.keys.open(sets, await this.ring.identities(), await this.view());
		});
	}

	protected logOf(wallet: Wallet): KeyLog | null {
		return wallet === this.ring.wallet ? this.ring.log : (this.logs.get(wallet) ?? null);
	}

	/** Who is who, with the keys of all: read where they are not known. */
	protected async view(): Promise<PlainView> {
		const { conversation, parties } = this.place;
		await this.#readParties();
		await this.#readArbitrators();
		const people = [...parties, ...this.#arbitrators].map((wallet) => this.logOf(wallet));
		const logs = people.filter((log) => log !== null);
		return { conversation, parties, arbitrators: this.#arbitrators, logs };
	}

	async #readParties(): Promise<void> {
		const unread = this.#unread(this.place.parties);
		if (unread.length === 0) return;
		const found = await Promise.all(unread.map((wallet) => this.ring.keyLogOf(wallet)));
		for (const log of [this.ring.log, ...found]) if (log !== null) this.#requireAnchor(log);
		for (const [at, wallet] of unread.entries()) this.logs.set(wallet, found[at] ?? null);
		this.keys.forget();
		this.messages.retry();
	}

	async #readArbitrators(): Promise<void> {
		const unread = this.#unread(this.#arbitrators);
		if (unread.length === 0) return;
		for (const wallet of unread) this.logs.set(wallet, await this.ring.keyLogOf(wallet).catch(ofNobody));
		this.keys.retryRefused();
	}

	#unread(wallets: readonly Wallet[]): Wallet[] {
		return wallets.filter((wallet) => wallet !== this.ring.wallet && !this.logs.has(wallet));
	}

	#requireAnchor(log: KeyLog): void {
		requireAnchor(log, this.place.anchors[log.wallet] ?? noHash);
	}

	/** Whether the author of a message saw the same key logs as this reader. */
	async #headFault(message: Message): Promise<DomainError | null> {
		for (const wallet of this.place.parties) {
			const log = this.logOf(wallet);
			if (log === null) continue;
			const head = wallet === message.author ? message.ownLog : message.otherLog;
			try {
				requireSeenHead(log, head);
			} catch {
				// A copy that may be old is fetched anew first.
				const fresh = await this.ring.keyLogOf(wallet);
				try {
					if (fresh !== null) requireSeenHead(fresh, head);
				} catch (error) {
					return error as DomainError;
				}
				if (wallet !== this.ring.wallet) this.logs.set(wallet, fresh);
			}
		}
		return null;
	}
}

/** Keys of an arbitrator's that must not be used are none: what the two say to each other does not wait for them. */
function ofNobody(error: unknown): null {
	if (error instanceof DomainError && error.category !== 'unavailable') return null;
	throw error;
}
