import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A browser or a program that signed in. The secret that it shows is not here: only its hash. */
export type SessionDocument = Revised &
	Timestamps & {
		/** SHA-256 of the session secret, in hex. */
		_id: string;
		/** Names the session to its owner, who may end it; worth nothing as a credential. */
		handle: string;
		wallet: Wallet;
		/** The chain that the sign-in message named. */
		chainId: number;
		/** The host that was signed in to: a session is good at no other. */
		host: string;
		userAgent: string;
		/** The network address of the sign-in. */
		address: string;
		/** To the minute, so that reading is not writing. */
		lastSeen: Date;
		expiresAt: Date;
	};

/** `sessions`: written by auth alone. */
const schema = defineSchema<SessionDocument>('sessions', {
	_id: { type: String, required: true, match: /^[0-9a-f]{64}$/ },
	handle: { type: String, required: true },
	wallet: { ...address, required: true },
	chainId: { type: Number, required: true },
	host: { type: String, required: true },
	userAgent: { type: String, default: '', maxlength: 400 },
	address: { type: String, default: '' },
	lastSeen: { type: Date, required: true },
	expiresAt: { type: Date, required: true }
});
schema.index({ wallet: 1, createdAt: -1 });
schema.index({ handle: 1 }, { unique: true });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function sessionModel(connection: Connection): Model<SessionDocument> {
	return connection.model<SessionDocument>('Session', schema);
}
