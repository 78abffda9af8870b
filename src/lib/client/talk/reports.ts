// What a reader tells of a conversation: that messages came, that they were read, that their own are to be dropped. Once in
// a while, however much it is.
import type { Conversation } from '#lib/domain/conversation.ts';
import { conversationId } from '#lib/domain/conversation.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { signReceipt } from '#lib/crypto/receipt.ts';
import type { TalkMessages } from './messages.ts';
import { sendErase, sendRead, sendReceipts } from './requests.ts';

/** How often the node is told, and how soon again where it does not answer, in milliseconds. */
const every = 1_000;
const again = 10_000;

export class Reports {
	readonly #conversation: Conversation;
	readonly #messages: TalkMessages;
	readonly #me: () => Promise<Identity>;
	/** What the person has read, and up to where the node knows. */
	#read = { position: 0, withReceipts: false };
	#told = 0;
	readonly #sentReceipts = new Set<string>();
	readonly #sentErasures = new Set<Hex>();
	#timer: ReturnType<typeof setTimeout> | undefined;
	#ended = false;

	/** @param me the keys to sign receipts with */
	constructor(conversation: Conversation, messages: TalkMessages, me: () => Promise<Identity>) {
		this.#conversation = conversation;
		this.#messages = messages;
		this.#me = me;
	}

	end(): void {
		this.#ended = true;
		clearTimeout(this.#timer);
	}

	/** The person has everything up to the newest message before their eyes. */
	haveRead(withReceipts: boolean): void {
		const position = this.#messages.newest;
		if (position <= this.#read.position) return;
		this.#read = { position, withReceipts };
		this.soon();
	}

	/** Something may be there to tell. */
	soon(wait = every): void {
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			if (this.#ended) return;
			this.#tell().catch(() => this.soon(again));
		}, wait);
	}

	async #tell(): Promise<void> {
		const id = conversationId(this.#conversation);
		const { position } = this.#read;
		if (position > this.#told) await sendRead(id, position);
		this.#told = position;
		await this.#confirm(id);
		await this.#erase(id);
	}

	async #confirm(id: string): Promise<void> {
		const { position, withReceipts } = this.#read;
		const due = [...this.#messages.unconfirmed].flatMap((row) => {
			const kind = withReceipts && row.position <= position ? 'read' : 'delivered';
			const isKnown = row.receipts[kind] !== null || this.#sentReceipts.has(`${kind}:${row.hash}`);
			return isKnown ? [] : [{ kind, row } as const];
		});
		if (due.length === 0) return;
		const me = await this.#me();
		// A hundred at a time: signing thousands would hold the page up.
		for (let from = 0; from < due.length; from += 100) {
			const some = due.slice(from, from + 100);
			const receipts = some.map(({ kind, row }) => signReceipt(kind, row, this.#conversation, me));
			await sendReceipts(id, receipts);
			for (const { kind, row } of some) this.#sentReceipts.add(`${kind}:${row.hash}`);
		}
	}

	/** Whatever the reader asked to forget, on this device or another, and the node may still have. */
	async #erase(id: string): Promise<void> {
		const due = this.#messages.toForget.filter((hash) => !this.#sentErasures.has(hash));
		for (let from = 0; from < due.length; from += 100) await sendErase(id, due.slice(from, from + 100));
		for (const hash of due) this.#sentErasures.add(hash);
	}
}
