/**
 * Messages on their way out. They are sealed when they are written, so that who has no connection can go on writing, and
 * kept in the browser until the node has them. Tabs of one browser share a device's chain: they take turns by a lock.
 */
import type { MessageRecord } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { nextPlace, pinsOf, type ChainPin } from '#lib/crypto/chain.ts';
import type { Draft } from '#lib/crypto/message.ts';
import { failureOf } from '#lib/client/failure.ts';
import { passes, waitAfter } from '#lib/client/node-request.ts';
import { newestMessages, sendMessage } from './requests.ts';
import { deviceOf, dropOutgoing, keepOutgoing, keepPins, readOutgoing, readPins, type Outgoing } from './store.ts';

type Place = Pick<Draft, 'device' | 'seq' | 'previousHash'>;

export type OutboxParts = {
	/** Seals again what a record says, for another place, with what was seen since. */
	reseal: (record: MessageRecord, place: Place) => Promise<MessageRecord>;
	/** Is told what waits whenever that is another. */
	onchange: (waiting: readonly Outgoing[]) => void;
	/** Is told of a message that the node has, before it waits no more. */
	onsent: (message: Outgoing) => void;
};

/** How often a chain is mended in one go: another device with this one's name would never let it end. */
const mostMendings = 3;

export class Outbox {
	readonly #owner: Wallet;
	readonly #conversation: string;
	readonly #parts: OutboxParts;
	#attempts = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#ended = false;

	constructor(owner: Wallet, conversation: string, parts: OutboxParts) {
		this.#owner = owner;
		this.#conversation = conversation;
		this.#parts = parts;
		addEventListener('online', this.#now);
		void this.#tell();
		this.#now();
	}

	/** Ends the waiting; what is not sent stays kept. */
	end(): void {
		this.#ended = true;
		clearTimeout(this.#timer);
		removeEventListener('online', this.#now);
	}

	readonly #now = () => {
		clearTimeout(this.#timer);
		this.#attempts = 0;
		void this.#send();
	};

	/** Takes a message: `seal` is given its place. It is kept when this resolves, and then sent. */
	async add(seal: (place: Place) => Promise<MessageRecord>): Promise<void> {
		await this.#alone(async () => {
			const waiting = await this.#waiting();
			const record = await seal(await this.#placeAfter(waiting));
			const at = (waiting.at(-1)?.at ?? 0) + 1;
			await keepOutgoing({ owner: this.#owner, conversation: this.#conversation, at, record, failure: null });
		});
		await this.#tell();
		this.#now();
	}

	/** Tries a message again that was refused. */
	async retry(message: Outgoing): Promise<void> {
		await this.#alone(async () => {
			await keepOutgoing({ ...message, failure: null });
			await this.#mend(await this.#waiting());
		});
		await this.#tell();
		this.#now();
	}

	/** Gives a message up that was not sent. */
	async discard(message: Outgoing): Promise<void> {
		await this.#alone(async () => {
			await dropOutgoing(message);
			await this.#mend(await this.#waiting());
		});
		await this.#tell();
		this.#now();
	}

	async #send(): Promise<void> {
		try {
			await navigator.locks.request(`${this.#lock}:send`, () => this.#sendAll());
			this.#attempts = 0;
		} catch (error) {
			// The node does not answer: what waits goes on waiting.
			if (this.#ended) return;
			this.#timer = setTimeout(() => void this.#send(), waitAfter(error, this.#attempts++));
		}
		await this.#tell();
	}

	async #sendAll(): Promise<void> {
		let mendings = 0;
		for (let next = await this.#next(); next !== undefined && !this.#ended; next = await this.#next()) {
			try {
				await sendMessage(next.record);
				await keepPins(this.#owner, this.#conversation, (before) => pinsOf([next.record], before));
				this.#parts.onsent(next);
				await dropOutgoing(next);
				await this.#tell();
			} catch (error) {
				const code = error instanceof DomainError ? error.code : null;
				// Who was signed out goes on once they are back.
				if (code === null || code === 'not-signed-in' || passes(error)) throw error;
				if (code === 'not-next' && ++mendings <= mostMendings) {
					await this.#learn();
					await this.#alone(async () => this.#mend(await this.#waiting()));
				} else await this.#fail(next, failureOf(error).code);
			}
		}
	}

	/** The first that may be sent: a refused one is passed over, and those after it were sealed anew without it. */
	async #next(): Promise<Outgoing | undefined> {
		return (await this.#waiting()).find(({ failure }) => failure === null);
	}

	async #fail(message: Outgoing, failure: string): Promise<void> {
		await this.#alone(async () => {
			await keepOutgoing({ ...message, failure });
			await this.#mend(await this.#waiting());
		});
	}

	/** What of this device's chain the node has and this browser does not know of. */
	async #learn(): Promise<void> {
		const device = await deviceOf(this.#owner);
		const newest = await newestMessages(this.#conversation, 200);
		const own = newest.filter((message) => message.author === this.#owner && message.device === device);
		await keepPins(this.#owner, this.#conversation, (before) => {
			const others = before.filter((pin) => pin.author !== this.#owner || pin.device !== device);
			return pinsOf(own, own.length > 0 ? others : before);
		});
	}

	/** Seals anew whatever does not follow what stands before it. */
	async #mend(waiting: readonly Outgoing[]): Promise<void> {
		const device = await deviceOf(this.#owner);
		let pins: ChainPin[] = await readPins(this.#owner, this.#conversation);
		for (const message of waiting) {
			if (message.failure !== null) continue;
			const { author: _author, ...place } = nextPlace(pins, this.#owner, device);
			const { seq, previousHash } = message.record;
			const stands = seq === place.seq && previousHash === place.previousHash;
			const record = stands ? message.record : await this.#parts.reseal(message.record, place);
			if (!stands) await keepOutgoing({ ...message, record });
			pins = pinsOf([record], pins);
		}
	}

	async #placeAfter(waiting: readonly Outgoing[]): Promise<Place> {
		const device = await deviceOf(this.#owner);
		const sent = await readPins(this.#owner, this.#conversation);
		const sure = waiting.filter(({ failure }) => failure === null).map(({ record }) => record);
		const { author: _author, ...place } = nextPlace(pinsOf(sure, sent), this.#owner, device);
		return place;
	}

	#waiting(): Promise<Outgoing[]> {
		return readOutgoing(this.#owner, this.#conversation);
	}

	async #tell(): Promise<void> {
		if (!this.#ended) this.#parts.onchange(await this.#waiting());
	}

	get #lock(): string {
		return `holdfast-outbox:${this.#owner}:${this.#conversation}`;
	}

	/** Places are given and changed by one tab at a time; nothing is asked of the node meanwhile. */
	async #alone(work: () => Promise<void>): Promise<void> {
		await navigator.locks.request(this.#lock, work);
	}
}
