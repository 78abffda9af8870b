import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A wallet's master keys as ciphertext, and the ways in, each a ciphertext too. */
export type VaultDocument = Revised &
	Timestamps & {
		/** The wallet. */
		_id: Wallet;
		/** Rises by one with every change. */
		revision: number;
		wraps: { way: 'recovery' | 'passkey'; credential: string; sealed: string }[];
		sealed: string;
	};

const ciphertext = { type: String, match: /^[A-Za-z0-9_-]+$/, required: true } as const;

/** `vaults`: written by the keys service alone. Of its own, so that no profile's reader can be given one by mistake. */
const schema = defineSchema<VaultDocument>('vaults', {
	_id: { ...address, required: true },
	revision: { type: Number, required: true, min: 1 },
	wraps: {
		type: [
			{
				_id: false,
				way: { type: String, enum: ['recovery', 'passkey'], required: true },
				credential: { type: String, default: '' },
				sealed: ciphertext
			}
		],
		required: true
	},
	sealed: ciphertext
});

export function vaultModel(connection: Connection): Model<VaultDocument> {
	return connection.model<VaultDocument>('Vault', schema);
}
