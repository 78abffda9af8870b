import type { Connection, Model, Types } from 'mongoose';
import { Schema } from 'mongoose';
import type { OrderPayout, Wallet } from '#lib/domain/order.ts';
import { address, amount, defineSchema, type Revised } from '#lib/server/db/schema.ts';

/** One payment that the escrow or the pool assigned to a wallet, or that the wallet took out of what waited there. */
export type PayoutDocument = Revised & {
	/** `chainId:txHash:logIndex:n`: one event can pay two. */
	_id: string;
	chainId: number;
	wallet: Wallet;
	/** `chainId:orderId`; null for a withdrawal. */
	order: string | null;
	token: Wallet;
	amount: string;
	/** The same number, for sums. */
	value: Types.Decimal128;
	/** `credit`: what the pool put to the wallet's balance, a deposit, damages or a bounty. */
	kind: OrderPayout['kind'] | 'credit' | 'withdrawal';
	/** Which contract paid it, or keeps it until it is withdrawn. */
	held: 'escrow' | 'pool';
	deferred: boolean;
	at: Date;
	final: boolean;
};

/** `payouts`: every field is written by the projection alone. */
const schema = defineSchema<PayoutDocument>(
	'payouts',
	{
		_id: { type: String, required: true },
		chainId: { type: Number, required: true },
		wallet: { ...address, required: true },
		order: { type: String, default: null },
		token: { ...address, required: true },
		amount: { ...amount, required: true },
		value: { type: Schema.Types.Decimal128, required: true },
		kind: { type: String, required: true },
		held: { type: String, enum: ['escrow', 'pool'], required: true },
		deferred: { type: Boolean, required: true },
		at: { type: Date, required: true },
		final: { type: Boolean, required: true }
	},
	{ projected: true }
);
schema.index({ wallet: 1, at: -1 });
schema.index({ order: 1 });

export function payoutModel(connection: Connection): Model<PayoutDocument> {
	return connection.model<PayoutDocument>('Payout', schema);
}
