import { Schema, type Connection, type Model } from 'mongoose';
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import { address, amount, defineSchema, hash } from '#lib/server/db/schema.ts';

const nested = { _id: false, strict: 'throw' } as const;
const number = { type: Number, required: true } as const;
const date = { type: Date, required: true } as const;
const flag = { type: Boolean, required: true } as const;

const record = new Schema(
	{
		drawn: number,
		ruled: number,
		unappealed: number,
		upheld: number,
		overturned: number,
		recused: number,
		replaced: number,
		panels: number,
		votes: number
	},
	nested
);
const head = new Schema({ block: number, hash: { ...hash, required: true } }, nested);

/** `arbitrators`: every field is written by the projection (indexer/project.ts) alone. */
const schema = defineSchema<ArbitratorDocument>(
	'arbitrators',
	{
		_id: { type: String, required: true },
		chainId: number,
		wallet: { ...address, required: true },
		status: { type: String, required: true },
		stake: { ...amount, required: true },
		reputation: number,
		weight: number,
		leaf: number,
		registeredAt: date,
		activeFrom: date,
		exitRequestedAt: { type: Date, default: null },
		withdrawableFrom: { type: Date, default: null },
		openCases: number,
		record: { type: record, required: true },
		head: { type: head, required: true },
		final: flag,
		finalized: flag
	},
	{ projected: true }
);
schema.index({ wallet: 1 });
schema.index({ chainId: 1, status: 1, reputation: -1, _id: 1 });

export function arbitratorModel(connection: Connection): Model<ArbitratorDocument> {
	return connection.model<ArbitratorDocument>('Arbitrator', schema);
}
