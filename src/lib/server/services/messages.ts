// Messages on their way between two people. They are sealed: what is checked here is that each stands in its author's
// chain, that its files are here, and that the other side can get its key.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { noHash } from '#lib/crypto/encoding.ts';
import { requireReceipt } from '#lib/crypto/receipt.ts';
import {
	isErasable,
	KeyNotShared,
	lastTime,
	NotErasable,
	NotNext,
	receiptsLimit,
	sealedBytes,
	type MessageRecord,
	type Receipt
} from '#lib/domain/conversation.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { filesLimit } from '#lib/domain/file.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, bytes32, ed25519Signature, epoch, fileCid } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { MessageDocument } from '#lib/server/db/models/message.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { requireNotBlocked } from '#lib/server/services/blocks.ts';
import {
	conversationInput,
	firstRow,
	requireConversation,
	requireOwnConversation,
	type Place
} from '#lib/server/services/conversations.ts';
import { keepFile } from '#lib/server/services/files.ts';
import { newId } from '#lib/server/services/ids.ts';
import { inTurn } from '#lib/server/services/in-turn.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { tell } from '#lib/server/services/outbox.ts';
import { readKeys } from '#lib/server/services/key-sets.ts';

/** A message with what its relaying adds. */
export type MessageView = MessageRecord & {
	id: string;
	/** Counts from 1 in its conversation, in the order of arrival. */
	position: number;
	receivedAt: Date;
	receipts: MessageDocument['receipts'];
};

/** Whoever reads a message within that time is not told of it. */
const readingMilliseconds = 60_000;

const device = z
	.string()
	.regex(/^0x[0-9a-f]{32}$/, 'device')
	.transform((value) => value as Hex);
const seq = z.int().min(1);

const sealed = z
	.string()
	.regex(/^[A-Za-z0-9_-]+$/, 'base64')
	.min(Math.ceil((sealedBytes.least * 4) / 3), 'too-short')
	.max(Math.ceil((sealedBytes.most * 4) / 3), 'too-long');

export const messageInput = z.strictObject({
	conversation: conversationInput,
	author: address,
	device,
	seq,
	previousHash: bytes32,
	keyId: bytes32,
	seen: bytes32,
	sentAt: z.int().min(1).max(lastTime),
	files: z.array(z.strictObject({ cid: fileCid, size: z.int().min(1) })).max(filesLimit, 'too-long'),
	sealed,
	hash: bytes32
});
export type PostMessageInput = z.input<typeof messageInput>;

/**
 * Keeps a message of the actor's. Sending the same one twice changes nothing, so that a browser that got no answer asks
 * again.
 * @returns its id and position
 * @throws {InvalidInput} also where `hash` is not that of `sealed`, or the author is another
 * @throws {NotNext} where it does not follow the device's last: that is read first, or two messages had one place
 * @throws {KeyNotShared} {NotFound} {Blocked}
 */
export async function postMessage(
	context: Context,
	actor: Actor,
	input: PostMessageInput
): Promise<{ id: string; position: number; receivedAt: Date }> {
	const record = parseInput(messageInput, input);
	if (record.author !== actor.wallet) throw new InvalidInput({ issues: ['author: other'] });
	if (hashOf(record.sealed) !== record.hash) throw new InvalidInput({ issues: ['hash: other'] });
	const place = await requireOwnConversation(context, actor, record.conversation);
	await requireNotBlocked(context, actor, place);
	const id = newId(context);
	return inTurn(context.db, `conversation:${place.id}`, () =>
		inTransaction(context.db, async (session) => {
			const { messages, orderKeys, conversations } = context.models;
			const { author, device, seq } = record;
			const ofDevice = { conversation: place.id, author, device };
			const last = await messages
				.findOne({ ...ofDevice, seq: { $in: [seq, seq - 1] } })
				.sort({ seq: -1 })
				.session(session)
				.lean();
			if (last?.hash === record.hash) return { id: last._id, position: last.position, receivedAt: last.receivedAt };
			const follows = seq === 1 ? record.previousHash === noHash : last?.hash === record.previousHash;
			if (last?.seq === seq || !follows) {
				const newest = await messages.findOne(ofDevice, { seq: 1 }).sort({ seq: -1 }).session(session).lean();
				throw new NotNext({ stored: newest?.seq ?? 0 });
			}
			const key = await orderKeys.exists({ conversation: place.id, keyId: record.keyId }).session(session);
			if (key === null) throw new KeyNotShared({ keyId: record.keyId });
			for (const { cid, size } of record.files)
				await keepFile(context, actor, { cid, size, purpose: 'message', ...belongsTo(place) }, session);

			const receivedAt = context.now();
			const other = place.me === 'buyer' ? 'seller' : 'buyer';
			const { count, unread } = await conversations
				.findOneAndUpdate(
					{ _id: place.id },
					{
						$setOnInsert: firstRow(place),
						$set: { lastAt: receivedAt, lastAuthor: author },
						$inc: { count: 1, [`unread.${other}`]: 1 }
					},
					{ upsert: true, returnDocument: 'after', session }
				)
				.lean()
				.orFail();
			const row = { _id: id, ...record, position: count, parties: place.parties, receivedAt };
			await messages.create([row], { session });
			// Only of the first that waits: whoever comes for it finds the others.
			if (unread[other] === 1)
				await tell(context, session, [
					{
						id: `message:${place.id}:${count}:${place[other]}`,
						wallet: place[other],
						kind: 'message',
						...(place.order !== null && { order: place.order._id }),
						data: { conversation: place.id, position: count },
						after: new Date(receivedAt.getTime() + readingMilliseconds)
					}
				]);
			return { id, position: count, receivedAt };
		})
	);
}

function hashOf(sealed: string): Hex {
	return `0x${createHash('sha256').update(Buffer.from(sealed, 'base64url')).digest('hex')}`;
}

/** What the files of a conversation were announced for. */
function belongsTo({ order, product, buyer }: Place): { order: string | null; product?: string; buyer?: Wallet } {
	return product === null ? { order: order?._id ?? null } : { order: null, product, buyer };
}

const listInput = z.strictObject({
	conversation: conversationInput,
	/** Only what stands before this position. */
	before: z.int().min(1).optional(),
	limit: z.int().min(1).max(200).default(50)
});
export type ListMessagesInput = z.input<typeof listInput>;

/** Messages from the newest on backwards. @throws {InvalidInput} {NotFound} */
export async function listMessages(context: Context, actor: Actor, input: ListMessagesInput): Promise<MessageView[]> {
	const { conversation, before, limit } = parseInput(listInput, input);
	const place = await requireConversation(context, actor, conversation);
	const rows = await context.models.messages
		.find({ ...readable(place), ...(before !== undefined && { position: { $lt: before } }) })
		.sort({ position: -1 })
		.limit(limit)
		.lean();
	return rows.map(messageView);
}

/** The messages that may be read. */
function readable({ id, until }: Place) {
	return { conversation: id, ...(until !== null && { receivedAt: { $lte: until } }) };
}

const atInput = z.strictObject({
	conversation: conversationInput,
	places: z
		.array(z.strictObject({ author: address, device, seq }))
		.min(1)
		.max(50)
});

/**
 * The messages at some places of a conversation, those of them that are there: a browser asks for what it saw before, so
 * that nothing can be taken back from it.
 * @throws {InvalidInput} {NotFound}
 */
export async function messagesAt(
	context: Context,
	actor: Actor,
	input: z.input<typeof atInput>
): Promise<MessageView[]> {
	const { conversation, places } = parseInput(atInput, input);
	const own = readable(await requireConversation(context, actor, conversation));
	const rows = await context.models.messages
		.find({ $or: places.map((place) => ({ ...own, ...place })) })
		.sort({ position: -1 })
		.lean();
	return rows.map(messageView);
}

/** A message as it is shown to who may read it. */
export function messageView(document: MessageDocument): MessageView {
	const { _id: id, conversation, author, device, seq, previousHash, keyId, seen, sentAt, files } = document;
	const { sealed, hash, position, receivedAt, receipts } = document;
	return {
		...{ id, conversation, author, device, seq, previousHash, keyId, seen, sentAt },
		files: files.map(({ cid, size }) => ({ cid, size })),
		...{ sealed, hash, position, receivedAt, receipts }
	};
}

export const receiptsInput = z.strictObject({
	conversation: conversationInput,
	receipts: z
		.array(
			z.strictObject({
				kind: z.enum(['delivered', 'read']),
				conversation: conversationInput,
				author: address,
				device,
				seq,
				hash: bytes32,
				reader: address,
				epoch,
				signature: ed25519Signature
			})
		)
		.min(1, 'too-short')
		.max(receiptsLimit, 'too-long')
});

/**
 * Keeps the actor's receipts; the first of each kind for a message stays.
 * @throws {InvalidInput} where a receipt is another reader's
 * @throws {NotFound} where there is no such message
 * @throws {MessageRefused} {KeyRefused} {BadSignature} where a receipt is not what it says
 */
export async function postReceipts(
	context: Context,
	actor: Actor,
	input: { conversation: string; receipts: readonly Receipt[] }
): Promise<void> {
	const parsed = parseInput(receiptsInput, input);
	const { id, conversation, parties } = await requireOwnConversation(context, actor, parsed.conversation);
	const view = { conversation, parties, arbitrators: [], keysOf: await readKeys(context, parties) };
	const { messages } = context.models;
	for (const receipt of parsed.receipts) {
		if (receipt.reader !== actor.wallet) throw new InvalidInput({ issues: ['reader: other'] });
		const { author, device, seq, kind, reader, epoch, signature } = receipt;
		const message = await messages.findOne({ conversation: id, author, device, seq }).lean();
		if (message === null) throw new NotFound({ what: 'message', id: receipt.hash });
		await requireReceipt(receipt, message, view);
		await messages.updateOne(
			{ _id: message._id, [`receipts.${kind}`]: null },
			{ $set: { [`receipts.${kind}`]: { reader, epoch, signature } } }
		);
	}
}

export const eraseInput = z.strictObject({ conversation: conversationInput, hashes: z.array(bytes32).min(1).max(100) });

/**
 * Forgets what some of the actor's own messages said: an address, a tracking number. Their places and hashes stay, so that
 * no chain breaks.
 * @throws {InvalidInput} {NotFound} {NotErasable}
 */
export async function eraseMessages(context: Context, actor: Actor, input: z.input<typeof eraseInput>): Promise<void> {
	const { conversation, hashes } = parseInput(eraseInput, input);
	const { id, order } = await requireOwnConversation(context, actor, conversation);
	if (!isErasable(order)) throw new NotErasable({ reason: 'order-is-live' });
	const own = { conversation: id, author: actor.wallet, hash: { $in: hashes } };
	const { messages } = context.models;
	const found = await messages.find(own, { files: 1, hash: 1 }).lean();
	const missing = hashes.find((hash) => !found.some((message) => message.hash === hash));
	if (missing !== undefined) throw new NotFound({ what: 'message', id: missing });
	if (found.some(({ files }) => files.length > 0)) throw new NotErasable({ reason: 'has-files' });
	await messages.updateMany(own, { $set: { sealed: null } });
}
