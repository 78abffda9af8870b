import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Who talks about what, and how much of it each has not read. Made with its first key or message. */
export type ConversationDocument = Revised &
	Timestamps & {
		/** See `conversationId`. */
		_id: string;
		/** `chainId:orderId`; null before there is an order. */
		order: string | null;
		/** The product that is asked about; null of an order's. */
		product: string | null;
		buyer: Wallet;
		seller: Wallet;
		/** Messages so far: the position of the last. */
		count: number;
		lastAt: Date | null;
		lastAuthor: Wallet | null;
		/** What the other side wrote and this one has not read. */
		unread: { buyer: number; seller: number };
		/** The position up to which each has read. */
		readTo: { buyer: number; seller: number };
		/** Whoever decides a dispute and may read; not there before anybody was drawn. See `readersOf`. */
		arbitrators?: Wallet[];
		/** When this node saw their case end: what comes later is not for them. */
		caseEndedAt?: Date | null;
		/** Pieces of evidence so far. */
		pieces: number;
	};

const count = { type: Number, default: 0, min: 0 } as const;

/** `conversations`: written by the services of conversations, messages and evidence; `arbitrators` and `caseEndedAt` by the projection. */
const schema = defineSchema<ConversationDocument>('conversations', {
	_id: { type: String, required: true },
	order: { type: String, default: null },
	product: { type: String, default: null },
	buyer: { ...address, required: true },
	seller: { ...address, required: true },
	count,
	lastAt: { type: Date, default: null },
	lastAuthor: { ...address, default: null },
	unread: { buyer: count, seller: count },
	readTo: { buyer: count, seller: count },
	arbitrators: { type: [String], default: undefined },
	caseEndedAt: { type: Date, default: null },
	pieces: count
});
schema.index({ buyer: 1, lastAt: -1, _id: -1 });
schema.index({ seller: 1, lastAt: -1, _id: -1 });
schema.index({ order: 1 });
// Their sum stands on every page.
schema.index({ buyer: 1, 'unread.buyer': 1 });
schema.index({ seller: 1, 'unread.seller': 1 });

export function conversationModel(connection: Connection): Model<ConversationDocument> {
	return connection.model<ConversationDocument>('Conversation', schema);
}
