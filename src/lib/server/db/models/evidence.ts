import { Schema, type Connection, type Model } from 'mongoose';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A piece of evidence in a dispute. What the chain says of its digest is read from `chainEvents`. */
export type EvidenceDocument = Revised &
	Timestamps & {
		_id: string;
		order: string;
		/** The order's buyer and seller. */
		parties: Wallet[];
		submitter: Wallet;
		/** What its submitter says the manifest's SHA-256 is, and puts on chain. */
		digest: Hex;
		/** What it is. */
		manifestDigest: Hex;
		/** The conversation's key that the manifest is sealed under. */
		keyId: Hex;
		/** Names, types, sizes and keys of the files, encrypted; base64url. */
		manifest: string;
		/** The files' ciphertexts. */
		files: { cid: string; size: number }[];
		submittedAt: Date;
	};

const nested = { _id: false, strict: 'throw' } as const;

/** `evidence`: written by the evidence service alone, never changed. */
const schema = defineSchema<EvidenceDocument>('evidence', {
	_id: { type: String, required: true },
	order: { type: String, required: true },
	parties: [address],
	submitter: { ...address, required: true },
	digest: { ...hash, required: true },
	manifestDigest: { ...hash, required: true },
	keyId: { ...hash, required: true },
	manifest: { type: String, required: true },
	files: [new Schema({ cid: { type: String, required: true }, size: { type: Number, required: true } }, nested)],
	submittedAt: { type: Date, required: true }
});
// Of a submitter too, or one party could take the other's digest before it is put down.
schema.index({ order: 1, digest: 1, submitter: 1 }, { unique: true });
schema.index({ order: 1, submittedAt: 1, _id: 1 });
// What an account is taken along with.
schema.index({ parties: 1 });
schema.index({ submitter: 1 });

export function evidenceModel(connection: Connection): Model<EvidenceDocument> {
	return connection.model<EvidenceDocument>('Evidence', schema);
}
