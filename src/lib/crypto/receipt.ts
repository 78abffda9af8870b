// A signed note that a message arrived or was read: 'you never sent it' can be settled by a third person.
import { conversationId, type Conversation, type MessagePlace, type Receipt } from '#lib/domain/conversation.ts';
import type { Hex } from '#lib/domain/order.ts';
import { fromHex, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { scopeOf, type ConversationView } from '#lib/crypto/conversation.ts';
import { encode } from '#lib/crypto/encoding.ts';
import { MessageRefused } from '#lib/crypto/errors.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { requireSignature, sign } from '#lib/crypto/primitives.ts';

/** Which message a receipt is about. */
export type ReceiptSubject = Pick<MessagePlace, 'author' | 'device' | 'seq'> & { hash: Hex };

export function signReceipt(
	kind: Receipt['kind'],
	of: ReceiptSubject,
	conversation: Conversation,
	reader: Identity
): Receipt {
	const { author, device, seq, hash } = of;
	const receipt = {
		kind,
		conversation: conversationId(conversation),
		author,
		device,
		seq,
		hash,
		reader: reader.wallet,
		epoch: reader.epoch
	};
	return { ...receipt, signature: toHex(sign(encodeReceipt(receipt, conversation), reader.sign)) };
}

/**
 * Checks a receipt for a message that is at hand.
 * @throws {MessageRefused} `conversation`; `author` where it is not the other party's; `hash` where it is for another
 * @throws {BadSignature} @throws {KeyRefused} `unknown` @throws {Malformed}
 */
export async function requireReceipt(receipt: Receipt, of: ReceiptSubject, view: ConversationView): Promise<void> {
	const refuse = (reason: 'conversation' | 'author' | 'hash') =>
		new MessageRefused({ conversation: receipt.conversation, reason });
	if (receipt.conversation !== conversationId(view.conversation)) throw refuse('conversation');
	if (!view.parties.includes(receipt.reader) || receipt.reader === of.author) throw refuse('author');
	const isFor =
		receipt.author === of.author && receipt.device === of.device && receipt.seq === of.seq && receipt.hash === of.hash;
	if (!isFor) throw refuse('hash');
	const key = fromHex(view.keysOf(receipt.reader, receipt.epoch).ed25519, 'ed25519', 32);
	const signature = fromHex(receipt.signature, 'signature');
	await requireSignature(signature, encodeReceipt(receipt, view.conversation), key, 'receipt');
}

function encodeReceipt(receipt: Omit<Receipt, 'signature'>, conversation: Conversation): Bytes {
	return encode(
		'holdfast/receipt',
		scopeOf(conversation),
		receipt.kind,
		receipt.conversation,
		fromHex(receipt.author, 'author', 20),
		fromHex(receipt.device, 'device', 16),
		receipt.seq,
		fromHex(receipt.hash, 'hash', 32),
		fromHex(receipt.reader, 'reader', 20),
		receipt.epoch
	);
}
