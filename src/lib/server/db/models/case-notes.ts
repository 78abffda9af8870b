import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** What somebody noted down about a case: a ciphertext. */
export type CaseNotesDocument = Revised &
	Timestamps & {
		/** `order:wallet` */
		_id: string;
		order: string;
		wallet: Wallet;
		/** Rises by one with every change. */
		revision: number;
		/** Base64url; opens with the author's vault alone. */
		sealed: string;
	};

/** `caseNotes`: written by the case notes service alone. */
const schema = defineSchema<CaseNotesDocument>('caseNotes', {
	_id: { type: String, required: true },
	order: { type: String, required: true },
	wallet: { ...address, required: true },
	revision: { type: Number, required: true, min: 1 },
	sealed: { type: String, match: /^[A-Za-z0-9_-]+$/, required: true }
});
// What an account is taken along with.
schema.index({ wallet: 1 });

export function caseNotesModel(connection: Connection): Model<CaseNotesDocument> {
	return connection.model<CaseNotesDocument>('CaseNotes', schema);
}
