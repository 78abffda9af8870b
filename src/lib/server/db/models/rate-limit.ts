import type { Connection, Model } from 'mongoose';
import { defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** How much somebody asked for in a while. */
export type RateLimitDocument = Revised & Timestamps & { key: string; points: number; expire: Date | null };

/** `rateLimits`: written by rate-limiter-flexible alone, past Mongoose; here for its collection and its indexes. */
const schema = defineSchema<RateLimitDocument>('rateLimits', {
	key: { type: String, required: true },
	points: { type: Number, required: true },
	expire: { type: Date, default: null }
});
schema.index({ key: 1 }, { unique: true });
schema.index({ expire: 1 }, { expireAfterSeconds: 0 });

export function rateLimitModel(connection: Connection): Model<RateLimitDocument> {
	return connection.model<RateLimitDocument>('RateLimit', schema);
}
