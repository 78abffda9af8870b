import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** What two devices of a wallet say to each other while one lets the other in: ciphertexts under a key of theirs. */
export type TransferDocument = Revised &
	Timestamps & {
		/** The wallet: it has one at a time. */
		_id: Wallet;
		/** Names it in the code that the first device shows: 16 bytes as 0x hex. */
		transfer: `0x${string}`;
		/** Of the second device, once it read the code. */
		answer: string | null;
		/** Of the first, once its person agreed: the secrets. */
		given: string | null;
		expiresAt: Date;
	};

const ciphertext = { type: String, match: /^[A-Za-z0-9_-]+$/, default: null } as const;

/** `transfers`: written by the transfers service alone. */
const schema = defineSchema<TransferDocument>('transfers', {
	_id: { ...address, required: true },
	transfer: { type: String, match: /^0x[0-9a-f]{32}$/, required: true },
	answer: ciphertext,
	given: ciphertext,
	expiresAt: { type: Date, required: true }
});
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function transferModel(connection: Connection): Model<TransferDocument> {
	return connection.model<TransferDocument>('Transfer', schema);
}
