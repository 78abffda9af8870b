// Where a wallet wants to be told beside the site, and of what.
import { z } from 'zod';
import { DomainError, TooManyRequests } from '#lib/domain/errors.ts';
import { noticeChannels, noticeTopics, type NoticeChannel, type QuietHours } from '#lib/domain/notice.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { newId } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { tell } from '#lib/server/services/outbox.ts';
import { pushKeys } from '#lib/server/services/push-keys.ts';

/** Thrown when a channel is to be used that is not set up, or that this node does not have. */
export class NoSuchChannel extends DomainError {
	constructor(data: { channel: NoticeChannel }) {
		super('no-such-channel', 'conflict', data);
	}
}

/** The channels of a wallet as its owner sees them; secrets are not among it. */
export type ChannelsView = {
	/** Null where this node sends no e-mail. */
	mailFrom: string | null;
	email: { address: string; verified: boolean; stopped: boolean } | null;
	/** What a browser needs to let this node push to it. */
	serverKey: string;
	browsers: { id: string; userAgent: string; createdAt: Date }[];
	webhook: { url: string; previousUntil: Date | null } | null;
	/** `channel:topic` of what is switched off. */
	muted: string[];
	quiet: QuietHours | null;
};

/** The actor's channels. */
export async function getChannels(context: Context, actor: Actor): Promise<ChannelsView> {
	const { models, config } = context;
	const [contact, browsers, { publicKey }] = await Promise.all([
		models.contactChannels.findById(actor.wallet).lean(),
		models.pushSubscriptions.find({ wallet: actor.wallet }).sort({ createdAt: -1 }).limit(browsersLimit).lean(),
		pushKeys(context)
	]);
	const { email = null, webhook = null, muted = [], quiet = null } = contact ?? {};
	return {
		mailFrom: config.notify.mail?.from ?? null,
		email: email && { address: email.address, verified: email.verifiedAt !== null, stopped: email.stopped },
		serverKey: publicKey,
		browsers: browsers.map(({ _id, userAgent, createdAt }) => ({ id: _id, userAgent, createdAt })),
		webhook: webhook && { url: webhook.url, previousUntil: webhook.previousUntil },
		muted,
		quiet: quiet && { from: quiet.from, to: quiet.to, zone: quiet.zone }
	};
}

/** Browsers of one wallet. */
export const browsersLimit = 20;

const hour = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'hour');
const zone = z.string().max(64).refine(isZone, 'zone');
const choice = z.templateLiteral([z.enum(noticeChannels), ':', z.enum(noticeTopics)]);
const choicesInput = z.strictObject({
	muted: z.array(choice).max(noticeChannels.length * noticeTopics.length),
	quiet: z
		.strictObject({ from: hour, to: hour, zone })
		.refine(({ from, to }) => from !== to, { error: 'same-hour', path: ['to'] })
		.nullable()
});
export type ChoicesInput = z.input<typeof choicesInput>;

/** What the actor wants to be told of where, and when it is not to be disturbed. @throws {InvalidInput} */
export async function setChoices(context: Context, actor: Actor, input: ChoicesInput): Promise<void> {
	const { muted, quiet } = parseInput(choicesInput, input);
	const change = { muted: [...new Set(muted)].sort(), quiet };
	await context.models.contactChannels.updateOne({ _id: actor.wallet }, { $set: change }, { upsert: true });
}

export const testChannelInput = z.strictObject({ channel: z.enum(noticeChannels) });

/** Tests of a channel in an hour. */
const testsLimit = 10;

/**
 * Has a notice sent over one channel, by the way that all others take but for choices and quiet hours.
 * @throws {NoSuchChannel} where it is not set up
 * @throws {InvalidInput} {TooManyRequests}
 */
export async function testChannel(
	context: Context,
	actor: Actor,
	input: z.input<typeof testChannelInput>
): Promise<{ delivery: string }> {
	const { channel } = parseInput(testChannelInput, input);
	const { wallet } = actor;
	const { email, webhook, browsers, mailFrom } = await getChannels(context, actor);
	const isSetUp = {
		email: mailFrom !== null && email !== null && email.verified && !email.stopped,
		push: browsers.length > 0,
		webhook: webhook !== null
	};
	if (!isSetUp[channel]) throw new NoSuchChannel({ channel });
	const hourAgo = new Date(context.now().getTime() - 3_600_000);
	const lately = { wallet, channel, kind: 'test', createdAt: { $gt: hourAgo } };
	if ((await context.models.noticeDeliveries.countDocuments(lately)) >= testsLimit * (browsers.length || 1))
		throw new TooManyRequests({ retryAfter: 3600 });
	const id = `test:${newId(context)}`;
	await inTransaction(context.db, (session) =>
		tell(context, session, [{ id, wallet, kind: 'test', data: { channel } }])
	);
	return { delivery: id };
}

/** One line of the log of what was sent to a webhook. */
export type DeliveryView = {
	/** What its receiver knows it by. */
	delivery: string;
	kind: string;
	state: 'waiting' | 'sent' | 'failed' | 'dropped';
	attempts: number;
	lastError: string | null;
	createdAt: Date;
	/** When it was sent, or is tried again. */
	at: Date | null;
};

/** What was sent to the actor's webhook lately, and what became of it; the newest first. */
export async function listDeliveries(context: Context, actor: Actor): Promise<DeliveryView[]> {
	const found = await context.models.noticeDeliveries
		.find({ wallet: actor.wallet, channel: 'webhook' })
		.sort({ createdAt: -1, _id: -1 })
		.limit(20)
		.lean();
	return found.map(({ ref, kind, state, attempts, lastError, createdAt, sentAt, nextAttemptAt }) => ({
		...{ delivery: ref, kind, state, attempts, lastError, createdAt },
		at: state === 'waiting' ? nextAttemptAt : sentAt
	}));
}

function isZone(name: string): boolean {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
	} catch {
		return false;
	}
}
