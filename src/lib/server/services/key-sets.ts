// The keys of conversations, as their makers wrapped and signed them. Checked here so that no junk is kept, and again by
// every client that reads them.
import { z } from 'zod';
import { requireKeySet, type KeysOf } from '#lib/crypto/conversation.ts';
import { KeyRefused } from '#lib/crypto/errors.ts';
import type { PublicKeys } from '#lib/crypto/identity.ts';
import { keySetsLimit, KeySetTaken, type KeySet } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { address, bytes32, ed25519Signature, epoch } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { requireNotBlocked } from '#lib/server/services/blocks.ts';
import {
	conversationInput,
	firstRow,
	requireConversation,
	requireOwnConversation
} from '#lib/server/services/conversations.ts';
import { newId } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { caseEndOf, readGrantNotices } from '#lib/server/services/readers.ts';

export const keySetInput = z.strictObject({
	conversation: conversationInput,
	keyId: bytes32,
	maker: address,
	makerEpoch: epoch,
	madeAt: z.int().min(1),
	wraps: z
		.array(
			z.strictObject({
				holder: address,
				epoch,
				x25519: bytes32,
				wrap: z
					.string()
					.regex(/^[A-Za-z0-9_-]+$/, 'base64')
					.max(1024, 'too-long')
			})
		)
		.min(1, 'too-short')
		.max(32, 'too-long'),
	signature: ed25519Signature
});

/**
 * The keys of some wallets at any epoch, as they published them.
 * @returns a function that throws {@link KeyRefused} `unknown` for an epoch that none of them has
 */
export async function readKeys(context: Context, wallets: readonly Wallet[]): Promise<KeysOf> {
	const entries = await context.models.keyLog.find({ wallet: { $in: wallets } }).lean();
	const byEpoch = new Map(
		entries.map(({ wallet, epoch, binding: { x25519, ed25519 } }): [string, PublicKeys] => [
			`${wallet}:${epoch}`,
			{ wallet, epoch, x25519, ed25519 }
		])
	);
	return (wallet, epoch) => {
		const keys = byEpoch.get(`${wallet}:${epoch}`);
		if (keys === undefined) throw new KeyRefused({ wallet, reason: 'unknown' });
		return keys;
	};
}

/**
 * Keeps a set of copies of a conversation's key. Sending the same set twice changes nothing. A set for one arbitrator takes
 * the place of its maker's earlier one: keys that are changed over and over take up no room.
 * @throws {InvalidInput} {NotFound} {KeySetTaken} {Blocked}
 * @throws {KeySetRefused} {KeyRefused} {BadSignature} where it is not what its maker may make
 */
export async function putKeySet(context: Context, actor: Actor, input: KeySet): Promise<void> {
	const set = parseInput(keySetInput, input);
	const place = await requireOwnConversation(context, actor, set.conversation);
	await requireNotBlocked(context, actor, place);
	const { conversation, parties, arbitrators, id } = place;
	const keysOf = await readKeys(context, [...parties, ...arbitrators]);
	// Of the two who may make one, it must be the one who asks. After the end nobody is let in any more.
	const isOver = arbitrators.length > 0 && (await caseEndOf(context, id)) !== null;
	const readers = isOver ? parties : [...parties, ...arbitrators];
	await requireKeySet(set, { conversation, parties: [actor.wallet], arbitrators: readers, keysOf });

	const { orderKeys, conversations } = context.models;
	const made = { conversation: id, maker: set.maker, keyId: set.keyId, madeAt: set.madeAt };
	await inTransaction(context.db, async (session) => {
		const known = await orderKeys.findOne(made).session(session).lean();
		if (known?.signature === set.signature) return;
		if (known !== null) throw new KeySetTaken({ reason: 'other' });
		const isGrant = set.wraps.every(({ holder }) => arbitrators.includes(holder));
		const own = { conversation: id, maker: set.maker };
		if (isGrant && set.wraps.length === 1) {
			const before = { ...own, keyId: set.keyId, madeAt: { $lt: set.madeAt }, wraps: { $size: 1 } };
			await orderKeys.deleteMany({ ...before, 'wraps.holder': set.wraps[0]?.holder }).session(session);
		}
		// Each kind has room of its own: what is given to whoever decides cannot keep the two from talking.
		const ofKind = { 'wraps.holder': isGrant ? { $nin: parties } : { $in: parties } };
		const count = await orderKeys.countDocuments({ ...own, ...ofKind }).session(session);
		if (count >= keySetsLimit) throw new KeySetTaken({ reason: 'limit' });
		await conversations.updateOne({ _id: id }, { $setOnInsert: firstRow(place) }, { upsert: true, session });
		await orderKeys.create([{ _id: newId(context), ...set, parties }], { session });
		if (isGrant && place.order !== null)
			await readGrantNotices(context, { wallet: actor.wallet, order: place.order._id }, session);
	});
}

/** All key sets of a conversation, the oldest first; at most four times {@link keySetsLimit}. @throws {InvalidInput} {NotFound} */
export async function listKeySets(context: Context, actor: Actor, input: { conversation: string }): Promise<KeySet[]> {
	const parsed = parseInput(z.strictObject({ conversation: conversationInput }), input);
	const { id, until } = await requireConversation(context, actor, parsed.conversation);
	const own = { conversation: id, ...(until !== null && { createdAt: { $lte: until } }) };
	const rows = await context.models.orderKeys.find(own).sort({ createdAt: 1, _id: 1 }).lean();
	return rows.map(keySetOf);
}

/** The set as its maker signed it. */
export function keySetOf({ conversation, keyId, maker, makerEpoch, madeAt, wraps, signature }: KeySet): KeySet {
	return { conversation, keyId, maker, makerEpoch, madeAt, wraps, signature };
}
