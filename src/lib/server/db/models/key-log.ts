import type { Connection, Model } from 'mongoose';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** The keys of one epoch of a wallet, as its wallet signed them. Append only: nothing is changed or taken away. */
export type KeyLogDocument = Revised &
	Timestamps & {
		/** `wallet:epoch`, so that two devices cannot both publish the same epoch. */
		_id: string;
		wallet: Wallet;
		epoch: number;
		/** The typed data that the wallet signed: see `KeyBinding`. */
		binding: {
			chainId: number;
			escrow: Wallet;
			wallet: Wallet;
			x25519: Hex;
			ed25519: Hex;
			epoch: number;
			previous: Hex;
			origin: string;
		};
		walletSignature: Hex;
		previousSignature: Hex | null;
		/** The hash of the entry before, zero for the first, and of this one: see `hashEntry`. */
		previousHash: Hex;
		hash: Hex;
	};

const signature = { type: String, match: /^0x(?:[0-9a-f]{2})*$/ } as const;

/** `keyLog`: written by the keys service alone. */
const schema = defineSchema<KeyLogDocument>('keyLog', {
	_id: { type: String, required: true },
	wallet: { ...address, required: true },
	epoch: { type: Number, required: true, min: 1 },
	binding: {
		chainId: { type: Number, required: true },
		escrow: { ...address, required: true },
		wallet: { ...address, required: true },
		x25519: { ...hash, required: true },
		ed25519: { ...hash, required: true },
		epoch: { type: Number, required: true },
		previous: { ...hash, required: true },
		origin: { type: String, required: true, maxlength: 300 }
	},
	// A contract's signature may be empty.
	walletSignature: { ...signature, default: '0x' },
	previousSignature: { ...signature, default: null },
	previousHash: { ...hash, required: true },
	hash: { ...hash, required: true }
});
schema.index({ wallet: 1, epoch: 1 }, { unique: true });

export function keyLogModel(connection: Connection): Model<KeyLogDocument> {
	return connection.model<KeyLogDocument>('KeyLogEntry', schema);
}
