import { Schema, type Connection, type Model } from 'mongoose';
import type { QuietHours } from '#lib/domain/notice.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Where a wallet wants to be told beside the site, and of what. */
export type ContactChannelsDocument = Revised &
	Timestamps & {
		_id: Wallet;
		/** This site's origin as its owner sees it, for links; used where the configuration names none. */
		site: string;
		email: {
			address: string;
			/** Null until the link that was sent there was used: nothing else goes there before. */
			verifiedAt: Date | null;
			/** SHA-256 of what the latest links hold. */
			tokens: { hash: string; expiresAt: Date }[];
			/** Whoever knows it may stop the e-mails. */
			unsubscribe: string;
			/** Its owner, or whoever reads the mailbox, wants no more. */
			stopped: boolean;
		} | null;
		webhook: {
			url: string;
			secret: string;
			/** The secret before; signs as well until `previousUntil`. */
			previous: string | null;
			previousUntil: Date | null;
		} | null;
		/** `channel:topic` of what is switched off. */
		muted: string[];
		/** While e-mail and push wait. */
		quiet: QuietHours | null;
	};

const strict = { _id: false, strict: 'throw' } as const;
const text = { type: String, required: true } as const;
const token = new Schema({ hash: text, expiresAt: { type: Date, required: true } }, strict);
const email = new Schema(
	{
		address: text,
		verifiedAt: { type: Date, default: null },
		tokens: { type: [token], default: [] },
		unsubscribe: text,
		stopped: { type: Boolean, default: false }
	},
	strict
);
const webhook = new Schema(
	{ url: text, secret: text, previous: { type: String, default: null }, previousUntil: { type: Date, default: null } },
	strict
);
const quiet = new Schema({ from: text, to: text, zone: text }, strict);

/** `contactChannels`: written by the notice-channels service; an e-mail's `tokens` are added by notify, which sends them. */
const schema = defineSchema<ContactChannelsDocument>('contactChannels', {
	_id: { ...address, required: true },
	site: { type: String, default: '' },
	email: { type: email, default: null },
	webhook: { type: webhook, default: null },
	muted: { type: [String], default: [] },
	quiet: { type: quiet, default: null }
});
schema.index({ 'email.tokens.hash': 1 });
schema.index({ 'email.unsubscribe': 1 });

export function contactChannelsModel(connection: Connection): Model<ContactChannelsDocument> {
	return connection.model<ContactChannelsDocument>('ContactChannels', schema);
}
