import type { Connection, Model } from 'mongoose';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A transaction that a client announced, as this node read it from the chain. */
export type PendingActionDocument = Revised &
	Timestamps & {
		/** `chainId:txHash` */
		_id: string;
		chainId: number;
		txHash: Hex;
		/** The order that it acts on; it may have no document yet. */
		orderId: Hex;
		/** Who sent it. */
		actor: Wallet;
		/** The called function of the escrow or the pool. */
		action: string;
		nonce: number;
		/**
		 * `sent`: not in a block yet; `mined`: in a block that the indexer has not read; `indexed`: its events are stored;
		 * `failed`: in a block and reverted; `replaced`: another transaction took its nonce.
		 */
		state: 'sent' | 'mined' | 'indexed' | 'failed' | 'replaced';
		seenAt: Date;
		/** When it left `sent` and `mined`; the document goes a day later. */
		closedAt: Date | null;
	};

/** `pendingActions`: inserted by the orders service, closed by the indexer. */
const schema = defineSchema<PendingActionDocument>('pendingActions', {
	_id: { type: String, required: true },
	chainId: { type: Number, required: true },
	txHash: { ...hash, required: true },
	orderId: { ...hash, required: true },
	actor: { ...address, required: true },
	action: { type: String, required: true },
	nonce: { type: Number, required: true },
	state: { type: String, enum: ['sent', 'mined', 'indexed', 'failed', 'replaced'], required: true },
	seenAt: { type: Date, required: true },
	closedAt: { type: Date, default: null }
});
schema.index({ chainId: 1, orderId: 1 });
schema.index({ chainId: 1, state: 1 });
schema.index({ actor: 1, seenAt: -1 });
schema.index({ closedAt: 1 }, { expireAfterSeconds: 86_400 });

export function pendingActionModel(connection: Connection): Model<PendingActionDocument> {
	return connection.model<PendingActionDocument>('PendingAction', schema);
}
