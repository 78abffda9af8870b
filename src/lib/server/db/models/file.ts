import type { Connection, Model } from 'mongoose';
import { filePurposes, type FilePurpose, type FileState } from '#lib/domain/file.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A file in the evidence store, from the announcement of its upload on. */
export type FileDocument = Revised &
	Timestamps & {
		_id: string;
		owner: Wallet;
		purpose: FilePurpose;
		/** `chainId:orderId`; null where it belongs to none. */
		order: string | null;
		product: string | null;
		/** The other side of a talk about a product before there is an order. */
		buyer: Wallet | null;
		size: number;
		state: FileState;
		/** Null while it comes in. */
		cid: string | null;
		/** SHA-256 of its bytes; null while it comes in. */
		digest: Hex | null;
		/** The store that has it; null before one does. */
		store: 'embedded' | 'kubo' | 'pinata' | null;
		/** The store's own name of the pin. */
		pin: string | null;
		/** The folder that it came in by. */
		home: string;
		/** When it goes, unless something refers to it by then; null once something does. */
		expiresAt: Date | null;
		/** How often it did not get to the store, when it is tried next, and why not. */
		attempts: number;
		nextAttemptAt: Date;
		lastError: string | null;
	};

/** `files`: written by the files service, and by `evidence:move` while no node runs. */
const schema = defineSchema<FileDocument>('files', {
	_id: { type: String, required: true },
	owner: { ...address, required: true },
	purpose: { type: String, enum: filePurposes, required: true },
	order: { type: String, default: null },
	product: { type: String, default: null },
	buyer: { ...address, default: null },
	size: { type: Number, required: true, min: 1 },
	state: { type: String, enum: ['receiving', 'queued', 'stored', 'removing'], required: true },
	cid: { type: String, default: null },
	digest: { ...hash, default: null },
	store: { type: String, enum: ['embedded', 'kubo', 'pinata', null], default: null },
	pin: { type: String, default: null },
	home: { type: String, required: true },
	expiresAt: { type: Date, default: null },
	attempts: { type: Number, required: true, default: 0 },
	nextAttemptAt: { type: Date, required: true },
	lastError: { type: String, default: null }
});
schema.index({ cid: 1 });
schema.index({ owner: 1, state: 1 });
schema.index({ state: 1, home: 1, nextAttemptAt: 1 });
schema.index({ expiresAt: 1 });

export function fileModel(connection: Connection): Model<FileDocument> {
	return connection.model<FileDocument>('File', schema);
}
