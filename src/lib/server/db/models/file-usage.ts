import type { Connection, Model } from 'mongoose';
import { defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Bytes of all files of a wallet, and of those for one order, those announced included. */
export type FileUsageDocument = Revised &
	Timestamps & {
		/** `wallet:0x…` or `order:chainId:orderId:0x…`. */
		_id: string;
		bytes: number;
	};

/** `fileUsage`: written by the files service, in the transaction that adds or removes a file. */
const schema = defineSchema<FileUsageDocument>('fileUsage', {
	_id: { type: String, required: true },
	bytes: { type: Number, required: true, min: 0 }
});

export function fileUsageModel(connection: Connection): Model<FileUsageDocument> {
	return connection.model<FileUsageDocument>('FileUsage', schema);
}
