import { Schema, type Connection, type Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Something to tell a wallet, written in the transaction that causes it. `_id` names the cause: a retry adds no other. */
export type OutboxDocument = Revised &
	Timestamps & {
		_id: string;
		wallet: Wallet;
		kind: string;
		/** `chainId:orderId`, where it is about an order. */
		order: string | null;
		data: Readonly<Record<string, string | number | boolean>>;
		/** The transaction on a chain that caused it; null for what happened off chain. */
		cause: { chainId: number; txHash: string } | null;
		/** The chain took the cause back; a correction is a row of its own. */
		takenBack: boolean;
		/**
		 * `sent`: its wallet was told on the site, and what else is to be sent waits in `noticeDeliveries`; `skipped`: there
		 * was nothing left to tell.
		 */
		state: 'waiting' | 'sent' | 'skipped' | 'failed';
		attempts: number;
		nextAttemptAt: Date;
		lastError: string | null;
		/** When it was told, or found to be no news; the document goes 30 days later. */
		doneAt: Date | null;
	};

const cause = new Schema(
	{ chainId: { type: Number, required: true }, txHash: { type: String, required: true } },
	{ _id: false, strict: 'throw' }
);

/** `outbox`: rows are added by the indexer and the services; what became of them is written by notify. */
const schema = defineSchema<OutboxDocument>('outbox', {
	_id: { type: String, required: true },
	wallet: { ...address, required: true },
	kind: { type: String, required: true },
	order: { type: String, default: null },
	data: { type: Schema.Types.Mixed, required: true },
	cause: { type: cause, default: null },
	takenBack: { type: Boolean, required: true, default: false },
	state: { type: String, enum: ['waiting', 'sent', 'skipped', 'failed'], required: true },
	attempts: { type: Number, required: true, default: 0 },
	nextAttemptAt: { type: Date, required: true },
	lastError: { type: String, default: null },
	doneAt: { type: Date, default: null }
});
schema.index({ state: 1, nextAttemptAt: 1 });
schema.index({ wallet: 1, createdAt: -1 });
schema.index({ doneAt: 1 }, { expireAfterSeconds: 30 * 86_400 });
schema.index({ 'cause.chainId': 1, 'cause.txHash': 1 });

export function outboxModel(connection: Connection): Model<OutboxDocument> {
	return connection.model<OutboxDocument>('Outbox', schema);
}
