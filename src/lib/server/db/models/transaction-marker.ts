import { Schema, type Connection, type Model } from 'mongoose';
import { transactionMarkers } from '#lib/server/db/transaction.ts';

/** The last write of a transaction: nothing but its place in the change stream. */
export type TransactionMarkerDocument = { _id: string; at: Date };

/** `transactionMarkers`: inserted by `inTransaction` past Mongoose, gone a minute later; here for its index. */
const schema = new Schema<TransactionMarkerDocument>(
	{ _id: { type: String, required: true }, at: { type: Date, required: true } },
	{ collection: transactionMarkers, strict: 'throw', versionKey: false }
);
schema.index({ at: 1 }, { expireAfterSeconds: 60 });

export function transactionMarkerModel(connection: Connection): Model<TransactionMarkerDocument> {
	return connection.model<TransactionMarkerDocument>('TransactionMarker', schema);
}
