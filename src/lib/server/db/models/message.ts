import { Schema, type Connection, type Model } from 'mongoose';
import type { MessageRecord, Receipt } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** What of a receipt is not said by the message that it stands with. */
type StoredReceipt = Pick<Receipt, 'reader' | 'epoch' | 'signature'>;

/** A message as its author sealed it. */
export type MessageDocument = Revised &
	Timestamps &
	MessageRecord & {
		_id: string;
		/** Counts from 1 in its conversation, in the order of arrival. */
		position: number;
		/** Who talks: may be shown it. */
		parties: Wallet[];
		receivedAt: Date;
		/** The other side's first receipt of each kind. */
		receipts: { delivered: StoredReceipt | null; read: StoredReceipt | null };
	};

const number = { type: Number, required: true } as const;
const nested = { _id: false, strict: 'throw' } as const;
const receipt = new Schema(
	{ reader: { ...address, required: true }, epoch: number, signature: { type: String, required: true } },
	nested
);

/** `messages`: written by the messages service alone; only receipts are added, and ciphertext goes when it is erased. */
const schema = defineSchema<MessageDocument>('messages', {
	_id: { type: String, required: true },
	conversation: { type: String, required: true },
	position: number,
	parties: { type: [String], required: true },
	author: { ...address, required: true },
	device: { type: String, match: /^0x[0-9a-f]{32}$/, required: true },
	seq: number,
	previousHash: { ...hash, required: true },
	keyId: { ...hash, required: true },
	seen: { ...hash, required: true },
	sentAt: number,
	files: [new Schema({ cid: { type: String, required: true }, size: number }, nested)],
	sealed: { type: String, default: null },
	hash: { ...hash, required: true },
	receivedAt: { type: Date, required: true },
	receipts: { delivered: { type: receipt, default: null }, read: { type: receipt, default: null } }
});
schema.index({ conversation: 1, author: 1, device: 1, seq: 1 }, { unique: true });
schema.index({ conversation: 1, position: -1 }, { unique: true });
// What an account is taken along with.
schema.index({ parties: 1 });

export function messageModel(connection: Connection): Model<MessageDocument> {
	return connection.model<MessageDocument>('Message', schema);
}
