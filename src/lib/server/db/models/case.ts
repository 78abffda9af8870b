import { Schema, type Connection, type Model } from 'mongoose';
import type { CaseDocument } from '#lib/domain/case.ts';
import { address, amount, defineSchema, hash } from '#lib/server/db/schema.ts';

const nested = { _id: false, strict: 'throw' } as const;
const number = { type: Number, required: true } as const;
const text = { type: String, required: true } as const;
const date = { type: Date, required: true } as const;
const flag = { type: Boolean, required: true } as const;
const wallet = { ...address, required: true } as const;

const round = new Schema({ number, time: date }, nested);
const arbitrator = new Schema(
	{
		wallet,
		round: number,
		drawnAt: date,
		left: { type: String, default: null },
		ruling: { type: String, default: null },
		ruledAt: { type: Date, default: null },
		reasonDigest: { ...hash, default: null }
	},
	nested
);
const seat = new Schema({ wallet, status: text, vote: { type: String, default: null } }, nested);
const appeal = new Schema(
	{
		appellant: wallet,
		deposit: { ...amount, required: true },
		at: date,
		round: { type: Number, default: null },
		seats: { type: [seat], required: true }
	},
	nested
);
const head = new Schema({ block: number, hash: { ...hash, required: true } }, nested);

/** `cases`: every field is written by the projection (indexer/project.ts) alone. */
const schema = defineSchema<CaseDocument>(
	'cases',
	{
		_id: text,
		chainId: number,
		order: text,
		caseId: { ...hash, required: true },
		opener: { ...address, default: null },
		buyer: wallet,
		seller: wallet,
		token: wallet,
		fee: { ...amount, required: true },
		status: text,
		stage: number,
		openedAt: date,
		since: date,
		round: { type: round, default: null },
		arbitrator: { ...address, default: null },
		arbitrators: { type: [arbitrator], required: true },
		ruling: { type: String, default: null },
		appealUntil: { type: Date, default: null },
		appeal: { type: appeal, default: null },
		outcome: { type: String, default: null },
		overturned: flag,
		feePayee: { ...address, default: null },
		endedAt: { type: Date, default: null },
		head: { type: head, required: true },
		final: flag,
		finalized: flag,
		holders: { type: [String], required: true },
		people: { type: [String], required: true }
	},
	{ projected: true }
);
schema.index({ chainId: 1, people: 1 });
schema.index({ holders: 1, openedAt: -1 });
schema.index({ buyer: 1, openedAt: -1 });
schema.index({ seller: 1, openedAt: -1 });
// Those that are open: every dashboard names them.
schema.index({ buyer: 1, endedAt: 1, openedAt: -1 });
schema.index({ seller: 1, endedAt: 1, openedAt: -1 });
schema.index({ chainId: 1, status: 1, since: 1 });

export function caseModel(connection: Connection): Model<CaseDocument> {
	return connection.model<CaseDocument>('Case', schema);
}
