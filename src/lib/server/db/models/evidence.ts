import type { Connection, Model } from 'mongoose';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A piece of evidence in a dispute. What the chain says of its digest is read from `chainEvents`. */
export type EvidenceDocument = Revised &
	Timestamps & {
		_id: string;
		order: string;
		submitter: Wallet;
		/** What its submitter says the file's SHA-256 is, and puts on chain. */
		digest: Hex;
		/** What it is. */
		fileDigest: Hex;
		file: string;
		cid: string;
		size: number;
		/** Which chunk format the bytes have: the client's to know. */
		format: number;
		/** Names, types and sizes, encrypted; base64. */
		manifest: string;
		submittedAt: Date;
	};

/** `evidence`: written by the evidence service alone, never changed. */
const schema = defineSchema<EvidenceDocument>('evidence', {
	_id: { type: String, required: true },
	order: { type: String, required: true },
	submitter: { ...address, required: true },
	digest: { ...hash, required: true },
	fileDigest: { ...hash, required: true },
	file: { type: String, required: true },
	cid: { type: String, required: true },
	size: { type: Number, required: true },
	format: { type: Number, required: true },
	manifest: { type: String, required: true },
	submittedAt: { type: Date, required: true }
});
// Of a submitter too, or one party could take the other's digest before it is put down.
schema.index({ order: 1, digest: 1, submitter: 1 }, { unique: true });
schema.index({ order: 1, submittedAt: 1, _id: 1 });

export function evidenceModel(connection: Connection): Model<EvidenceDocument> {
	return connection.model<EvidenceDocument>('Evidence', schema);
}
