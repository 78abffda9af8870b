import type { Connection, Model } from 'mongoose';
import type { Hex } from '#lib/domain/order.ts';
import { defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A transaction of the keeper, written before it is sent: whoever finds it unsent sends the same one again. */
export type KeeperTransactionDocument = Revised &
	Timestamps & {
		/** `chainId:account:nonce` */
		_id: string;
		chainId: number;
		account: Hex;
		nonce: number;
		/** The call: its function's name, and what it is about. */
		call: string;
		about: string;
		to: Hex;
		data: Hex;
		/** Decimal. */
		gas: string;
		/** In wei, decimal; the same nonce is sent again with more where it waits for long. */
		maxFeePerGas: string;
		maxPriorityFeePerGas: string;
		/** The signed transaction as it was sent last. */
		raw: Hex;
		hash: Hex;
		sentAt: Date;
		/** When it was seen to be in a block, or another one of its nonce; the document goes 30 days later. */
		minedAt: Date | null;
	};

const text = { type: String, required: true } as const;

/** `keeperTransactions`: written by the keeper alone. */
const schema = defineSchema<KeeperTransactionDocument>('keeperTransactions', {
	_id: text,
	chainId: { type: Number, required: true },
	account: text,
	nonce: { type: Number, required: true },
	call: text,
	about: text,
	to: text,
	data: text,
	gas: text,
	maxFeePerGas: text,
	maxPriorityFeePerGas: text,
	raw: text,
	hash: { ...hash, required: true },
	sentAt: { type: Date, required: true },
	minedAt: { type: Date, default: null }
});
schema.index({ chainId: 1, account: 1, minedAt: 1, nonce: 1 });
schema.index({ minedAt: 1 }, { expireAfterSeconds: 30 * 86_400 });

export function keeperTransactionModel(connection: Connection): Model<KeeperTransactionDocument> {
	return connection.model<KeeperTransactionDocument>('KeeperTransaction', schema);
}
