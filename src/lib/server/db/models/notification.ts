import { Schema, type Connection, type Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Something that a wallet was told, as it sees it on the site. */
export type NotificationDocument = Revised &
	Timestamps & {
		/** The outbox row's. */
		_id: string;
		/** Names it in addresses that leave this node: unlike `_id` it says nothing of its wallet or its cause. */
		ref: string;
		wallet: Wallet;
		kind: string;
		/** `chainId:orderId`, where it is about an order. */
		order: string | null;
		data: Readonly<Record<string, string | number | boolean>>;
		/** When it was told. */
		at: Date;
		readAt: Date | null;
		/** The chain took its cause back. */
		takenBack: boolean;
	};

const ninetyDays = 90 * 86_400;

/** `notifications`: added by notify; `readAt` is written by the notices service. */
const schema = defineSchema<NotificationDocument>('notifications', {
	_id: { type: String, required: true },
	ref: { type: String, required: true },
	wallet: { ...address, required: true },
	kind: { type: String, required: true },
	order: { type: String, default: null },
	data: { type: Schema.Types.Mixed, required: true },
	at: { type: Date, required: true },
	readAt: { type: Date, default: null },
	takenBack: { type: Boolean, required: true, default: false }
});
schema.index({ wallet: 1, at: -1, _id: -1 });
schema.index({ wallet: 1, readAt: 1, at: -1, _id: -1 });
schema.index({ wallet: 1, ref: 1 });
schema.index({ readAt: 1 }, { expireAfterSeconds: ninetyDays });

export function notificationModel(connection: Connection): Model<NotificationDocument> {
	return connection.model<NotificationDocument>('Notification', schema);
}
