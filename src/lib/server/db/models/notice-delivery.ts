import type { Connection, Model } from 'mongoose';
import type { NoticeChannel } from '#lib/domain/notice.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** One thing that goes to one place outside this node, and what became of it. */
export type NoticeDeliveryDocument = Revised &
	Timestamps & {
		/** `ref:channel:target`: the same notice goes to the same place by the same row. */
		_id: string;
		/** What the receiver knows it by, however often it is tried: the notice's `ref`, or of several together their own. */
		ref: string;
		/** The outbox row's id; null of several together. */
		notice: string | null;
		wallet: Wallet;
		channel: NoticeChannel;
		/** A hash of the e-mail address, the id of a push subscription, or `webhook`. */
		target: string;
		/** The notice's kind, `several`, or `email-verify`. */
		kind: string;
		order: string | null;
		/** How many notices it tells of. */
		count: number;
		state: 'waiting' | 'sent' | 'failed' | 'dropped';
		attempts: number;
		nextAttemptAt: Date;
		/** A stable code or an HTTP status of the last try; null where none failed. */
		lastError: string | null;
		sentAt: Date | null;
	};

const thirtyDays = 30 * 86_400;

/** `noticeDeliveries`: written by notify. What is older than a month is forgotten. */
const schema = defineSchema<NoticeDeliveryDocument>('noticeDeliveries', {
	_id: { type: String, required: true },
	ref: { type: String, required: true },
	notice: { type: String, default: null },
	wallet: { ...address, required: true },
	channel: { type: String, enum: ['email', 'push', 'webhook'], required: true },
	target: { type: String, required: true },
	kind: { type: String, required: true },
	order: { type: String, default: null },
	count: { type: Number, required: true, default: 1 },
	state: { type: String, enum: ['waiting', 'sent', 'failed', 'dropped'], required: true },
	attempts: { type: Number, required: true, default: 0 },
	nextAttemptAt: { type: Date, required: true },
	lastError: { type: String, default: null },
	sentAt: { type: Date, default: null }
});
schema.index({ state: 1, channel: 1, nextAttemptAt: 1 });
schema.index({ wallet: 1, channel: 1, createdAt: -1, _id: -1 });
schema.index({ target: 1, kind: 1, createdAt: 1 });
schema.index({ notice: 1 });
schema.index({ createdAt: 1 }, { expireAfterSeconds: thirtyDays });

export function noticeDeliveryModel(connection: Connection): Model<NoticeDeliveryDocument> {
	return connection.model<NoticeDeliveryDocument>('NoticeDelivery', schema);
}
