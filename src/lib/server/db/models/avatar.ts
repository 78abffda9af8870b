import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** The small square picture that a wallet shows of itself. Of its own, so that nobody reads it along with a name. */
export type AvatarDocument = Revised &
	Timestamps & {
		/** The wallet. */
		_id: Wallet;
		/** What it is, as its first bytes say. */
		type: 'image/jpeg' | 'image/png' | 'image/webp';
		/** base64 */
		bytes: string;
	};

/** `avatars`: written by the avatars service. */
const schema = defineSchema<AvatarDocument>('avatars', {
	_id: { ...address, required: true },
	type: { type: String, enum: ['image/jpeg', 'image/png', 'image/webp'], required: true },
	bytes: { type: String, required: true }
});

export function avatarModel(connection: Connection): Model<AvatarDocument> {
	return connection.model<AvatarDocument>('Avatar', schema);
}
