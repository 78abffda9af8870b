// What two people say to each other, as ciphertext, and what of it the viewer has not read.
import type { Document } from 'mongodb';
import { z } from 'zod';
import { keySetsLimit } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { ConversationRow, KeyHeadRow, KeySetRow, MessageRow, UnreadRow } from '#lib/domain/publications.ts';
import { address } from '#lib/domain/schemas.ts';
import type { ConversationDocument } from '#lib/server/db/models/conversation.ts';
import type { KeyLogDocument } from '#lib/server/db/models/key-log.ts';
import type { MessageDocument } from '#lib/server/db/models/message.ts';
import type { OrderKeyDocument } from '#lib/server/db/models/order-key.ts';
import type { Publication, Viewer } from '#lib/server/realtime/publication.ts';
import { conversationInput, conversationRow } from '#lib/server/services/conversations.ts';
import { keySetOf } from '#lib/server/services/key-sets.ts';
import { messageView } from '#lib/server/services/messages.ts';

const isSomebody = ({ wallet }: Viewer): boolean => wallet !== null;

function keys(document: Document): string[] {
	const { _id, buyer, seller } = document as ConversationDocument;
	return [`conversation:${_id}`, `wallet:${buyer}`, `wallet:${seller}`];
}

const show = (document: Document, { wallet }: Viewer): ConversationRow | null =>
	conversationRow(document as ConversationDocument, wallet);

/** The viewer's conversations that something was said in, the latest first. */
export const conversations: Publication<'conversations'> = {
	name: 'conversations',
	collection: 'conversations',
	params: z.strictObject({}),
	authorise: isSomebody,
	find: ({ wallet }) => ({
		filter: { $or: [{ buyer: wallet }, { seller: wallet }], lastAt: { $ne: null } },
		sort: { lastAt: -1, _id: -1 },
		limit: 100,
		keys: [`wallet:${wallet as Wallet}`]
	}),
	keys,
	show
};

/** How many messages the viewer has not read. Only the conversations that have some are read, and only they route. */
export const unread: Publication<'unread'> = {
	name: 'unread',
	collection: 'conversations',
	params: z.strictObject({}),
	authorise: isSomebody,
	find: ({ wallet }) => ({
		filter: {
			$or: [
				{ buyer: wallet, 'unread.buyer': { $gt: 0 } },
				{ seller: wallet, 'unread.seller': { $gt: 0 } }
			]
		},
		keys: [`unread:${wallet as Wallet}`],
		count: 'unread',
		weight: { $cond: [{ $eq: ['$buyer', wallet] }, '$unread.buyer', '$unread.seller'] }
	}),
	keys: (document) => {
		const { buyer, seller, unread: of } = document as ConversationDocument;
		return [...(of.buyer > 0 ? [`unread:${buyer}`] : []), ...(of.seller > 0 ? [`unread:${seller}`] : [])];
	},
	show: (document) => ({ ...(document as UnreadRow) })
};

/** One conversation. */
export const conversation: Publication<'conversation'> = {
	name: 'conversation',
	collection: 'conversations',
	params: z.strictObject({ id: conversationInput }),
	authorise: isSomebody,
	find: (_, { id }) => ({ filter: { _id: id }, keys: [`conversation:${id}`] }),
	keys,
	show
};

const ofConversation = z.strictObject({ conversation: conversationInput });

/** The newest messages of a conversation; older ones are read by request. */
export const messages: Publication<'messages'> = {
	name: 'messages',
	collection: 'messages',
	params: ofConversation,
	authorise: isSomebody,
	find: ({ wallet }, params) => ({
		filter: { conversation: params.conversation, parties: wallet },
		sort: { position: -1 },
		limit: 50,
		keys: [`messages:${params.conversation}`]
	}),
	keys: (document) => [`messages:${(document as MessageDocument).conversation}`],
	show: (document, { wallet }): MessageRow | null => {
		const message = document as MessageDocument;
		if (wallet === null || !message.parties.includes(wallet)) return null;
		const { id: _id, ...row } = messageView(message);
		return { _id, rev: message.rev, ...row };
	}
};

/** The copies of a conversation's keys, for the two who talk: whoever decides hears of theirs by the conversation's row. */
export const orderKeys: Publication<'orderKeys'> = {
	name: 'orderKeys',
	collection: 'orderKeys',
	params: ofConversation,
	authorise: isSomebody,
	find: ({ wallet }, params) => ({
		filter: { conversation: params.conversation, parties: wallet },
		sort: { createdAt: 1 },
		limit: 4 * keySetsLimit,
		keys: [`keys:${params.conversation}`]
	}),
	keys: (document) => [`keys:${(document as OrderKeyDocument).conversation}`],
	show: (document, { wallet }): KeySetRow | null => {
		const set = document as OrderKeyDocument;
		return wallet !== null && set.parties.includes(wallet) ? { _id: set._id, rev: set.rev, ...keySetOf(set) } : null;
	}
};

/** That the viewer gave somebody copies of a key, whichever conversation's. */
export const givenKeys: Publication<'givenKeys'> = {
	name: 'givenKeys',
	collection: 'orderKeys',
	params: z.strictObject({}),
	authorise: isSomebody,
	find: ({ wallet }) => ({
		filter: { maker: wallet },
		sort: { createdAt: -1, _id: -1 },
		limit: 1,
		keys: [`given:${wallet as Wallet}`]
	}),
	keys: (document) => [`given:${(document as OrderKeyDocument).maker}`],
	show: (document, { wallet }) => {
		const { _id, rev, maker } = document as OrderKeyDocument;
		return maker === wallet ? { _id, rev } : null;
	}
};

/** That a wallet published keys, and which epoch is its newest. Key logs are for everybody. */
export const keyHead: Publication<'keyHead'> = {
	name: 'keyHead',
	collection: 'keyLog',
	params: z.strictObject({ wallet: address }),
	authorise: () => true,
	find: (_, { wallet }) => ({ filter: { wallet }, sort: { epoch: -1 }, limit: 1, keys: [`key-log:${wallet}`] }),
	keys: (document) => [`key-log:${(document as KeyLogDocument).wallet}`],
	show: (document): KeyHeadRow => {
		const { _id, rev, wallet, epoch } = document as KeyLogDocument;
		return { _id, rev, wallet, epoch };
	},
	sameForAll: true
};
