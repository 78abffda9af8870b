/**
 * A message: its author's signature inside, the conversation's key around it.
 *
 * The payload is the canonical encoding of conversation, author, epoch, device, seq, previousHash, seen, keyId, the heads
 * of both key logs as the author saw them, sentAt and body. Plaintext: Ed25519 signature (64 bytes) ‖ length of the
 * payload (4 bytes, big-endian) ‖ payload ‖ zeros up to a multiple of 256 bytes. It is sealed (`secretbox`) under
 * HKDF(key, 'msg', conversation); the message's hash is SHA-256 over version ‖ nonce ‖ ciphertext.
 *
 * Because the signature is inside, an arbitrator sees who said what and can forge nothing; because `keyId` is signed,
 * one ciphertext cannot be opened to two texts by two keys.
 */
import { conversationId, lastTime, type MessagePlace, type MessageRecord } from '#lib/domain/conversation.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { concat, fromBase64, fromHex, isZero, toBase64, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { scopeOf, type ConversationView } from '#lib/crypto/conversation.ts';
import { decode, encode } from '#lib/crypto/encoding.ts';
import { Malformed, MessageRefused, Unreadable } from '#lib/crypto/errors.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { decodeBody, encodeBody, filesOf, type MessageBody } from '#lib/crypto/message-body.ts';
import { open, requireSignature, seal, secureRandom, sha256, sign, type Random } from '#lib/crypto/primitives.ts';

/** A message as its author wrote it. `device`: 16 random bytes, made once a browser. Times are milliseconds. */
export type Draft = Omit<MessagePlace, 'author'> & {
	/** The last message of the other side that the author saw, zero for none. */
	seen: Hex;
	/** The heads of the author's and the other side's key logs, as the author saw them; zero where there is none. */
	ownLog: Hex;
	otherLog: Hex;
	sentAt: number;
	body: MessageBody;
};

/** A message that was read and checked. */
export type Message = Draft & MessagePlace & { conversation: string; epoch: number; keyId: Hex; hash: Hex };

/** What a reader needs beside the records. */
export type MessageView = ConversationView & {
	/** By `keyId`: what `messageKeyOf` gives. */
	messageKeys: ReadonlyMap<Hex, Bytes>;
};

const padTo = 256;
const signatureLength = 64;
const overhead = signatureLength + 4;

/** Signs and seals a message. @param key which `keyId`, and its `messageKeyOf` */
export async function sealMessage(
	draft: Draft,
	author: Identity,
	view: Pick<ConversationView, 'conversation'>,
	key: { keyId: Hex; messageKey: Uint8Array },
	random: Random = secureRandom
): Promise<MessageRecord> {
	const { device, seq, previousHash, seen, ownLog, otherLog, sentAt, body } = draft;
	const conversation = conversationId(view.conversation);
	const payload = encode(
		'holdfast/message',
		scopeOf(view.conversation),
		conversation,
		fromHex(author.wallet, 'author', 20),
		author.epoch,
		fromHex(device, 'device', 16),
		seq,
		fromHex(previousHash, 'previousHash', 32),
		fromHex(seen, 'seen', 32),
		fromHex(key.keyId, 'keyId', 32),
		fromHex(ownLog, 'ownLog', 32),
		fromHex(otherLog, 'otherLog', 32),
		sentAt,
		encodeBody(body)
	);
	const sealed = seal(pad(sign(payload, author.sign), payload), key.messageKey, random);
	return {
		conversation,
		author: author.wallet,
		device,
		seq,
		previousHash,
		keyId: key.keyId,
		seen,
		sentAt,
		files: filesOf(body),
		sealed: toBase64(sealed),
		hash: await hashSealed(sealed)
	};
}

/** A message's hash: SHA-256 over version ‖ nonce ‖ ciphertext. */
async function hashSealed(sealed: Uint8Array): Promise<Hex> {
	return toHex(await sha256(sealed));
}

/**
 * Opens a message and checks all of it: the key, the signature, the author, and every field that stands in clear.
 * @param oldest for messages that just arrived: the least epoch that the author may sign with; a key that its owner
 * replaced may have been stolen. Leave it out for what was there before.
 * @throws {Unreadable} `erased` where there is no ciphertext: see erasure.ts for who asked; `message-key` where that key is not at hand; `message` where it does not open
 * @throws {MessageRefused} @throws {BadSignature} @throws {KeyRefused} `unknown` @throws {Malformed}
 */
export async function openMessage(
	record: MessageRecord,
	view: MessageView,
	oldest?: (author: Wallet) => number
): Promise<Message> {
	if (record.sealed === null) throw new Unreadable({ what: 'erased' });
	const sealed = fromBase64(record.sealed, 'message');
	const messageKey = view.messageKeys.get(record.keyId);
	if (messageKey === undefined) throw new Unreadable({ what: 'message-key' });

	const { signature, payload } = unpad(open(sealed, messageKey, 'message'));
	const message = { ...decodePayload(payload), hash: await hashSealed(sealed) };
	const { chainId, escrow } = decode(payload, 'holdfast/message').scope;
	const here = scopeOf(view.conversation);

	const refuse = (reason: 'author' | 'conversation' | 'envelope' | 'key' | 'old-key') =>
		new MessageRefused({ conversation: record.conversation, reason });
	const isHere = message.conversation === conversationId(view.conversation);
	if (!isHere || chainId !== here.chainId || escrow !== here.escrow) throw refuse('conversation');
	if (!view.parties.includes(message.author)) throw refuse('author');
	if (message.keyId !== record.keyId) throw refuse('key');
	if (!isSameEnvelope(message, record)) throw refuse('envelope');
	const { ed25519 } = view.keysOf(message.author, message.epoch);
	await requireSignature(signature, payload, fromHex(ed25519, 'ed25519', 32), 'message');
	if (oldest !== undefined && message.epoch < oldest(message.author)) throw refuse('old-key');
	return message;
}

/** What became of a record: its message, or why there is none. Never leave out the latter: show it in its place. */
export type MessageResult =
	{ record: MessageRecord; message: Message } | { record: MessageRecord; message: null; error: DomainError };

/** Opens a page of messages, each for itself; the results stand in the order of the records. */
export function openMessages(
	records: readonly MessageRecord[],
	view: MessageView,
	oldest?: (author: Wallet) => number
): Promise<MessageResult[]> {
	return Promise.all(
		records.map(async (record): Promise<MessageResult> => {
			try {
				return { record, message: await openMessage(record, view, oldest) };
			} catch (error) {
				if (!(error instanceof DomainError)) throw error;
				return { record, message: null, error };
			}
		})
	);
}

function pad(signature: Bytes, payload: Bytes): Bytes {
	const length = new Uint8Array(4);
	new DataView(length.buffer).setUint32(0, payload.length);
	const used = overhead + payload.length;
	return concat(signature, length, payload, new Uint8Array(Math.ceil(used / padTo) * padTo - used));
}

function unpad(plaintext: Bytes): { signature: Bytes; payload: Bytes } {
	const fail = (reason: string) => new Malformed({ what: 'message', reason });
	if (plaintext.length < overhead) throw fail('truncated');
	const length = new DataView(plaintext.buffer).getUint32(signatureLength);
	const used = overhead + length;
	if (Math.ceil(used / padTo) * padTo !== plaintext.length) throw fail('length');
	if (!isZero(plaintext.subarray(used))) throw fail('padding');
	return { signature: plaintext.slice(0, signatureLength), payload: plaintext.slice(overhead, used) };
}

function decodePayload(payload: Bytes): Omit<Message, 'hash'> {
	const fields = decode(payload, 'holdfast/message');
	const message = {
		conversation: fields.text(),
		author: fields.wallet(),
		epoch: fields.integer(),
		device: toHex(fields.bytes(16)),
		seq: fields.integer(),
		previousHash: fields.hash(),
		seen: fields.hash(),
		keyId: fields.hash(),
		ownLog: fields.hash(),
		otherLog: fields.hash(),
		sentAt: fields.integer(),
		body: decodeBody(fields.text())
	};
	fields.end();
	if (message.sentAt > lastTime) throw new Malformed({ what: 'message', reason: 'sentAt' });
	return message;
}

function isSameEnvelope(message: Message, record: MessageRecord): boolean {
	const files = filesOf(message.body);
	return (
		record.conversation === message.conversation &&
		record.author === message.author &&
		record.device === message.device &&
		record.seq === message.seq &&
		record.previousHash === message.previousHash &&
		record.seen === message.seen &&
		record.sentAt === message.sentAt &&
		record.hash === message.hash &&
		record.files.length === files.length &&
		record.files.every(({ cid, size }, at) => files[at]?.cid === cid && files[at].size === size)
	);
}
