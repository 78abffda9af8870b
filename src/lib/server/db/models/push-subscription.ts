import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A browser that its owner lets be pushed to. */
export type PushSubscriptionDocument = Revised &
	Timestamps & {
		/** SHA-256 of the endpoint. */
		_id: string;
		/** Who is signed in there: one wallet a browser. */
		wallet: Wallet;
		endpoint: string;
		/** The browser's public key and its secret, base64url. */
		p256dh: string;
		auth: string;
		/** The public key that it was made for, base64url: only the private one beside it may send there. */
		serverKey: string;
		userAgent: string;
	};

/** `pushSubscriptions`: written by the notice-channels service; notify removes those that are gone. */
const schema = defineSchema<PushSubscriptionDocument>('pushSubscriptions', {
	_id: { type: String, required: true },
	wallet: { ...address, required: true },
	endpoint: { type: String, required: true },
	p256dh: { type: String, required: true },
	auth: { type: String, required: true },
	serverKey: { type: String, required: true },
	userAgent: { type: String, default: '', maxlength: 400 }
});
schema.index({ wallet: 1, createdAt: -1 });

export function pushSubscriptionModel(connection: Connection): Model<PushSubscriptionDocument> {
	return connection.model<PushSubscriptionDocument>('PushSubscription', schema);
}
