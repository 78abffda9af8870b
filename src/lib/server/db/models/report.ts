import { Schema, type Connection, type Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import type { DecisionAction, ReportReason, ReportTarget } from '#lib/domain/report.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** That somebody finds something wrong, or wants back what was hidden. */
export type ReportDocument = Revised &
	Timestamps & {
		_id: string;
		target: ReportTarget;
		reporter: Wallet;
		/** `appeal`: the owner's note about a hiding. */
		reason: ReportReason | 'appeal';
		text: string;
		state: 'open' | 'decided';
		decidedBy: Wallet | null;
		decidedAt: Date | null;
		decision: DecisionAction | null;
	};

const target = new Schema(
	{ kind: { type: String, required: true }, id: { type: String, required: true } },
	{ _id: false, strict: 'throw' }
);

/** `reports`: inserted by the reports service, decided by moderation. */
const schema = defineSchema<ReportDocument>('reports', {
	_id: { type: String, required: true },
	target: { type: target, required: true },
	reporter: { ...address, required: true },
	reason: { type: String, required: true },
	text: { type: String, default: '', maxlength: 1000 },
	state: { type: String, enum: ['open', 'decided'], required: true },
	decidedBy: { ...address, default: null },
	decidedAt: { type: Date, default: null },
	decision: { type: String, default: null }
});
schema.index({ state: 1, createdAt: 1 });
schema.index({ reporter: 1, createdAt: -1 });
// One open report a reporter a target, of two sent at once too.
schema.index(
	{ 'target.kind': 1, 'target.id': 1, reporter: 1 },
	{ unique: true, partialFilterExpression: { state: 'open' } }
);

export function reportModel(connection: Connection): Model<ReportDocument> {
	return connection.model<ReportDocument>('Report', schema);
}
