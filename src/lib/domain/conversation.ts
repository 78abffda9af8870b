// What is said about an order or a product, as the server keeps and relays it: ciphertext, the copies of its keys, and
// receipts. What stands in clear is there to be sorted and kept by; whoever reads it compares it with what is signed.
import { isLive, type Hex, type OrderStatus, type Wallet } from './order.ts';
import { DomainError } from './errors.ts';

/** What is talked about: an order, or before there is one a product, with one possible buyer. */
export type Conversation =
	| { kind: 'order'; chainId: number; escrow: Wallet; orderId: Hex }
	| { kind: 'product'; product: string; buyer: Wallet };

/** The conversation's name, as it is stored and signed. */
export function conversationId(of: Conversation): string {
	return of.kind === 'order' ? `order:${of.chainId}:${of.escrow}:${of.orderId}` : `product:${of.product}:${of.buyer}`;
}

/** Reads what {@link conversationId} wrote; null for any other text. */
export function parseConversationId(id: string): Conversation | null {
	const order = /^order:([1-9]\d{0,14}):(0x[0-9a-f]{40}):(0x[0-9a-f]{64})$/.exec(id);
	if (order) return { kind: 'order', chainId: Number(order[1]), escrow: order[2] as Wallet, orderId: order[3] as Hex };
	const product = /^product:([0-9a-f]{32}):(0x[0-9a-f]{40})$/.exec(id);
	return product && { kind: 'product', product: product[1] as string, buyer: product[2] as Wallet };
}

/** Where a message stands: `seq` counts from 1 on each device, `previousHash` is the one before there, zero for none. */
export type MessagePlace = { author: Wallet; device: Hex; seq: number; previousHash: Hex };

/**
 * A message as the server keeps it, JSON. `sealed` is base64url of version ‖ nonce ‖ ciphertext; null once it was erased,
 * and then `hash` is what is left of it. `sentAt` is in milliseconds since 1970, UTC, by the author's clock.
 */
export type MessageRecord = MessagePlace & {
	conversation: string;
	keyId: Hex;
	/** The last message of the other side that the author saw, zero for none. */
	seen: Hex;
	sentAt: number;
	files: readonly { cid: string; size: number }[];
	sealed: string | null;
	hash: Hex;
};

/** The last millisecond since 1970 that a date can name: whatever says when something was sent goes no further. */
export const lastTime = 8_640_000_000_000_000;

/** Says that `reader` got or read a message, named by its place and its hash; signed with Ed25519, JSON. */
export type Receipt = Pick<MessagePlace, 'author' | 'device' | 'seq'> & {
	kind: 'delivered' | 'read';
	conversation: string;
	hash: Hex;
	reader: Wallet;
	epoch: number;
	signature: Hex;
};

/** One holder's copy of a conversation's key: `box` from the maker's X25519 key to the holder's, base64url. */
export type KeyWrap = { holder: Wallet; epoch: number; x25519: Hex; wrap: string };

/** A set of copies of one key, signed by its maker with Ed25519; JSON. `madeAt` is in milliseconds since 1970, UTC. */
export type KeySet = {
	conversation: string;
	keyId: Hex;
	maker: Wallet;
	makerEpoch: number;
	madeAt: number;
	wraps: readonly KeyWrap[];
	signature: Hex;
};

/** The least and the most bytes of a sealed message: 256 to 64 KiB of padded plaintext, 41 of version, nonce and tag. */
export const sealedBytes = { least: 256 + 41, most: 65_536 + 41 } as const;

/** Sets of one maker in one conversation, for the two who talk, and as many for others: a key, and a set more for each who came later. */
export const keySetsLimit = 200;

/** Receipts in one request. */
export const receiptsLimit = 100;

/** Thrown when what is to be said does not fit into one message, in bytes. */
export class MessageTooLong extends DomainError {
	constructor(data: { size: number; limit: number }) {
		super('message-too-long', 'invalid', data);
	}
}

/** Thrown when a message does not follow what is stored of its device. `stored` is the last `seq` there, 0 for none. */
export class NotNext extends DomainError {
	constructor(data: { stored: number }) {
		super('not-next', 'conflict', data);
	}
}

/** Thrown when a message is sealed under a key that has no set here: the other side could not open it. */
export class KeyNotShared extends DomainError {
	constructor(data: { keyId: string }) {
		super('key-not-shared', 'conflict', data);
	}
}

/** Thrown when the actor made another set with this key and time already, or too many. */
export class KeySetTaken extends DomainError {
	constructor(data: { reason: 'other' | 'limit' }) {
		super('key-set-taken', 'conflict', data);
	}
}

/** Thrown when messages cannot be erased: the order still decides about money, or they hold files. */
export class NotErasable extends DomainError {
	constructor(data: { reason: 'order-is-live' | 'has-files' }) {
		super('not-erasable', 'conflict', data);
	}
}

/** Whether what was said may be erased: nothing is decided any more that it could speak for or against. */
export function isErasable(order: { status: OrderStatus } | null): boolean {
	return order !== null && !isLive(order);
}
