import type { Connection, Model } from 'mongoose';
import { defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A number that one sign-in message may carry, once. */
export type NonceDocument = Revised &
	Timestamps & {
		/** The nonce. */
		_id: string;
		/** Where it was asked for; it is good at no other host. */
		host: string;
		/** Null until a sign-in used it up. */
		usedAt: Date | null;
		expiresAt: Date;
	};

/** `nonces`: written by auth alone. */
const schema = defineSchema<NonceDocument>('nonces', {
	_id: { type: String, required: true },
	host: { type: String, required: true },
	usedAt: { type: Date, default: null },
	expiresAt: { type: Date, required: true }
});
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function nonceModel(connection: Connection): Model<NonceDocument> {
	return connection.model<NonceDocument>('Nonce', schema);
}
