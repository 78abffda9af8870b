// Who talks about what: access to conversations, their list, and what of them is unread.
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { conversationId, parseConversationId, type Conversation } from '#lib/domain/conversation.ts';
import { NotFound } from '#lib/domain/errors.ts';
import { mayReadOrder, orderKey, partyOf, type OrderStatus, type Party, type Wallet } from '#lib/domain/order.ts';
import type { ConversationRow } from '#lib/domain/publications.ts';
import { pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { ConversationDocument } from '#lib/server/db/models/conversation.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { readMessageNotices } from '#lib/server/services/notices.ts';
import { caseEndOf, findOrderReaders } from '#lib/server/services/readers.ts';

/** A conversation that the actor may read; `me` is null for an arbitrator of its order. */
export type Place = {
	id: string;
	conversation: Conversation;
	buyer: Wallet;
	seller: Wallet;
	parties: [Wallet, Wallet];
	arbitrators: readonly Wallet[];
	me: Party | null;
	/** What this one may read of it came until then; null: whatever comes. See `caseEndOf`. */
	until: Date | null;
	/** The order's document id and status; null before there is one. */
	order: { _id: string; status: OrderStatus } | null;
	/** The product that is asked about; null of an order's. */
	product: string | null;
};

/** A conversation's name, in the spelling that {@link conversationId} gives it. */
export const conversationInput = z.string().max(200);

/**
 * The conversation, for whoever may read it; to others there is none.
 * @throws {NotFound}
 */
export async function requireConversation(context: Context, actor: Actor, id: string): Promise<Place> {
	const conversation = parseConversationId(id);
	const place =
		conversation === null
			? null
			: conversation.kind === 'order'
				? await orderPlace(context, actor, conversation)
				: await productPlace(context, actor, conversation);
	if (place === null) throw new NotFound({ what: 'conversation', id });
	return place;
}

/** As {@link requireConversation}, for one of the two who talk. @throws {NotFound} */
export async function requireOwnConversation(
	context: Context,
	actor: Actor,
	id: string
): Promise<Place & { me: Party }> {
	const place = await requireConversation(context, actor, id);
	if (place.me === null) throw new NotFound({ what: 'conversation', id });
	return { ...place, me: place.me };
}

async function orderPlace(
	context: Context,
	actor: Actor,
	conversation: Conversation & { kind: 'order' }
): Promise<Place | null> {
	const { chainId, escrow, orderId } = conversation;
	if (context.chains.get(chainId)?.config.escrow.toLowerCase() !== escrow) return null;
	const order = await findOrderReaders(context, orderKey(chainId, orderId));
	if (order === null) return null;
	const { _id, buyer, seller, status, arbitrators } = order;
	if (!mayReadOrder(order, actor.wallet)) return null;
	const me = partyOf(order, actor.wallet);
	const id = conversationId(conversation);
	const until = me === null ? await caseEndOf(context, id) : null;
	return {
		...{ id, conversation, buyer, seller, parties: [buyer, seller], arbitrators, me, until },
		...{ order: { _id, status }, product: null }
	};
}

async function productPlace(
	context: Context,
	actor: Actor,
	conversation: Conversation & { kind: 'product' }
): Promise<Place | null> {
	const { product: productId, buyer } = conversation;
	const product = await context.models.products.findOne({ _id: productId }, { seller: 1, status: 1 }).lean();
	if (product === null || product.seller === buyer) return null;
	const me = partyOf({ buyer, seller: product.seller }, actor.wallet);
	if (me === null) return null;
	const id = conversationId(conversation);
	// Who is asked first answers; and what was begun goes on when the listing ends.
	const mayBegin = me === 'buyer' && product.status === 'listed';
	if (!mayBegin && (await context.models.conversations.exists({ _id: id })) === null) return null;
	const parties: [Wallet, Wallet] = [buyer, product.seller];
	return {
		...{ id, conversation, buyer, seller: product.seller, parties, arbitrators: [], me, until: null },
		...{ order: null, product: productId }
	};
}

/** What a conversation's row is made of, when its first key or message makes it. */
export function firstRow({ buyer, seller, arbitrators, order, product }: Place): object {
	return { buyer, seller, order: order?._id ?? null, product, ...(arbitrators.length > 0 && { arbitrators }) };
}

/** A conversation as one of the two sees it, or whoever decides their dispute until its end; null to anybody else. */
export function conversationRow(document: ConversationDocument, wallet: Wallet | null): ConversationRow | null {
	const me = partyOf(document, wallet);
	const decides = wallet !== null && !document.caseEndedAt && document.arbitrators?.includes(wallet);
	if (me === null && !decides) return null;
	const { _id, rev, order, product, buyer, seller, count, lastAt, lastAuthor, unread, readTo } = document;
	const own = me === null ? { unread: 0, readTo: count } : { unread: unread[me], readTo: readTo[me] };
	return { _id, rev, order, product, buyer, seller, count, lastAt, lastAuthor, ...own };
}

/** The actor's conversations that something was said in, the latest first. @throws {InvalidInput} {BadCursor} */
export async function listConversations(
	context: Context,
	actor: Actor,
	input: { cursor?: string; limit?: number }
): Promise<Page<ConversationRow>> {
	const page = parseInput(z.strictObject(pageInput), input);
	const own = { $or: [{ buyer: actor.wallet }, { seller: actor.wallet }], lastAt: { $ne: null } };
	const { items, next } = await readPage(context.models.conversations, own, { field: 'lastAt', direction: -1 }, page);
	return { items: items.flatMap((item) => conversationRow(item, actor.wallet) ?? []), next };
}

export const readConversationInput = z.strictObject({ conversation: conversationInput, position: z.int().min(0) });

/**
 * Notes that the actor has read up to a position. It tells nobody: a receipt does that, and can be left out.
 * @throws {InvalidInput} {NotFound}
 */
export async function markRead(
	context: Context,
	actor: Actor,
	input: { conversation: string; position: number }
): Promise<void> {
	const { conversation, position } = parseInput(readConversationInput, input);
	const { id, me } = await requireOwnConversation(context, actor, conversation);
	await inTransaction(context.db, (session) =>
		moveReadTo(context, { id, me, wallet: actor.wallet, position }, session)
	);
}

async function moveReadTo(
	context: Context,
	{ id, me, wallet, position }: { id: string; me: Party; wallet: Wallet; position: number },
	session: ClientSession
): Promise<void> {
	const { conversations, messages } = context.models;
	const row = await conversations.findById(id).session(session).lean();
	if (row === null || row.readTo[me] >= position) return;
	const unread = await messages
		.countDocuments({ conversation: id, position: { $gt: position }, author: { $ne: wallet } })
		.session(session);
	const change = { [`unread.${me}`]: unread, [`readTo.${me}`]: Math.min(position, row.count) };
	await conversations.updateOne({ _id: id }, { $set: change }, { session });
	if (unread === 0) await readMessageNotices(context, { wallet, conversation: id }, session);
}
