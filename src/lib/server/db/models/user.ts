import { Schema, type Connection, type Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import type { RatingStats } from '#lib/domain/review.ts';
import type { Hidden } from '#lib/domain/report.ts';
import { hidden } from '#lib/server/db/hidden.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** A wallet that signed in at least once. */
export type UserDocument = Revised &
	Timestamps & {
		/** The wallet. */
		_id: Wallet;
		/** Empty until its owner chooses one. */
		displayName: string;
		about: string;
		/** Names its picture in `avatars`; null where it has none. */
		avatar: string | null;
		/** A language tag of the interface; null: what the browser asks for. */
		locale: string | null;
		/** When it signed in first. */
		joinedAt: Date;
		/** What reviews say of it; null until there was one. */
		stats: RatingStats | null;
		/** Why an operator took away what it says of itself, and what that was; null where none did. */
		hidden: (Hidden & { before: Record<string, unknown> }) | null;
	};

/**
 * `users`: inserted by auth, changed by the users service; `avatar` by the avatars service; `stats` by whoever counts reviews (`db/review-stats.ts`);
 * `hidden` by moderation.
 */
const schema = defineSchema<UserDocument>('users', {
	_id: { ...address, required: true },
	displayName: { type: String, default: '', maxlength: 60 },
	about: { type: String, default: '', maxlength: 2000 },
	avatar: { type: String, default: null },
	locale: { type: String, default: null },
	joinedAt: { type: Date, required: true },
	stats: {
		type: new Schema(
			{
				count: { type: Number, required: true },
				mean: { type: Number, required: true },
				ratings: { type: [Number], required: true }
			},
			{ _id: false, strict: 'throw' }
		),
		default: null
	},
	hidden
});
schema.index({ 'hidden.at': -1 }, { sparse: true });

export function userModel(connection: Connection): Model<UserDocument> {
	return connection.model<UserDocument>('User', schema);
}
