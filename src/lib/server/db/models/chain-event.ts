import { Schema, type Connection, type Model } from 'mongoose';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import { address, defineSchema, hash, type Revised } from '#lib/server/db/schema.ts';

export type ChainEventDocument = ChainEvent & Revised & { _id: string };

/** `chainEvents`: each log of our contracts once. Written by the indexer alone. */
const schema = defineSchema<ChainEventDocument>(
	'chainEvents',
	{
		_id: { type: String, required: true },
		chainId: { type: Number, required: true },
		contract: { type: String, enum: ['escrow', 'pool'], required: true },
		name: { type: String, required: true },
		args: { type: Schema.Types.Mixed, required: true },
		subject: { ...hash, default: null },
		arbitrator: { ...address, default: null },
		block: { type: Number, required: true },
		blockHash: { ...hash, required: true },
		at: { type: Date, required: true },
		txHash: { ...hash, required: true },
		logIndex: { type: Number, required: true },
		final: { type: Boolean, required: true },
		finalized: { type: Boolean, required: true }
	},
	{ projected: true }
);
schema.index({ chainId: 1, subject: 1, block: 1, logIndex: 1 });
schema.index({ chainId: 1, arbitrator: 1 });
schema.index({ chainId: 1, block: 1, logIndex: 1 });
schema.index({ chainId: 1, final: 1, block: 1 });
schema.index({ chainId: 1, finalized: 1, block: 1 });

export function chainEventModel(connection: Connection): Model<ChainEventDocument> {
	return connection.model<ChainEventDocument>('ChainEvent', schema);
}
