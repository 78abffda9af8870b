import { Schema, type Connection, type Model } from 'mongoose';
import { defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Who did what to what, when. */
export type AuditLogDocument = Revised &
	Timestamps & {
		_id: string;
		/** A wallet; null where nobody is signed in, as at a refused sign-in. */
		actor: string | null;
		/** `session.begin`, `product.publish`: the noun and the verb of the service. */
		verb: string;
		target: string;
		/** What the line needs beside: never a secret. */
		data: Readonly<Record<string, string | number | boolean | null>>;
		at: Date;
	};

/** `auditLog`: inserted by services, never changed. */
const schema = defineSchema<AuditLogDocument>('auditLog', {
	_id: { type: String, required: true },
	actor: { type: String, default: null },
	verb: { type: String, required: true },
	target: { type: String, required: true },
	data: { type: Schema.Types.Mixed, default: {} },
	at: { type: Date, required: true }
});
schema.index({ at: -1 });
schema.index({ target: 1, at: -1 });

export function auditLogModel(connection: Connection): Model<AuditLogDocument> {
	return connection.model<AuditLogDocument>('AuditLog', schema);
}
