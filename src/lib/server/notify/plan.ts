// From the outbox to what a wallet sees on the site and what is sent to it: in one transaction, so that neither is without
// the other and neither comes twice.
import type { ClientSession } from 'mongodb';
import { kindsOf, quietUntil, topicOf, type NoticeChannel, type NoticeTopic } from '#lib/domain/notice.ts';
import type { Context } from '#lib/server/context.ts';
import type { ContactChannelsDocument } from '#lib/server/db/models/contact-channels.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { emailTarget } from '#lib/server/services/contact-email.ts';
import { noticeRef } from '#lib/server/services/notices.ts';
import { isGrantMissing } from '#lib/server/services/readers.ts';
import { isDutyLeft, isSeatDutyLeft, isTimeoutLeft } from '#lib/server/services/tell-of-duties.ts';

/** How long a process may work on a row before it is another's. */
const claimMilliseconds = 30_000;
const attemptsLimit = 20;

/** Somewhere outside this node, and as what it is told there. */
type Target = { channel: NoticeChannel; target: string; kind: string };

/** Tells of the row that has waited longest. @returns whether there was one */
export async function planNext(context: Context): Promise<boolean> {
	const { outbox } = context.models;
	const now = context.now();
	const row = await outbox
		.findOneAndUpdate(
			{ state: 'waiting', nextAttemptAt: { $lte: now } },
			{ $set: { nextAttemptAt: new Date(now.getTime() + claimMilliseconds) }, $inc: { attempts: 1 } },
			{ sort: { nextAttemptAt: 1 }, returnDocument: 'after' }
		)
		.lean();
	if (row === null) return false;
	try {
		await plan(context, row);
	} catch (error) {
		context.log.error({ err: error, notice: row._id }, 'a notice was not told');
		const state = row.attempts >= attemptsLimit ? 'failed' : 'waiting';
		await outbox.updateOne({ _id: row._id, state: 'waiting' }, { $set: { state, lastError: String(error) } });
	}
	return true;
}

async function plan(context: Context, row: OutboxDocument): Promise<void> {
	const { models } = context;
	const contact = await models.contactChannels.findById(row.wallet).lean();
	await inTransaction(context.db, async (session) => {
		const isWanted = await isStillNews(context, row, session);
		const done = { state: isWanted ? 'sent' : 'skipped', lastError: null, doneAt: context.now() } as const;
		const change = { $set: done };
		const { matchedCount } = await models.outbox.updateOne({ _id: row._id, state: 'waiting' }, change, { session });
		// The chain took it back meanwhile, or another process was faster.
		if (matchedCount === 0 || !isWanted) return;
		if (row.kind !== 'email-verify') await tellOnSite(context, row, session);
		let targets = await targetsOf(context, row, contact, session);
		if (row.kind === 'order-correction') targets = await correct(context, row, targets, session);
		for (const target of targets) await addDelivery(context, row, target, contact, session);
	});
}

/** A message that was read, or that its reader has been told of with an earlier one, is none; nor is what was done since. */
async function isStillNews(context: Context, row: OutboxDocument, session: ClientSession): Promise<boolean> {
	if (row.kind === 'grant-asked') return isGrantMissing(context, row, session);
	if (row.kind === 'duty-due') return isDutyLeft(context, row, session);
	if (row.kind === 'seat-due') return isSeatDutyLeft(context, row, session);
	if (row.kind === 'timeout-due') return isTimeoutLeft(context, row, session);
	if (row.kind !== 'message') return true;
	const { conversation, position } = row.data;
	const found = await context.models.conversations.findById(conversation).session(session).lean();
	if (found === null) return false;
	const readTo = found.buyer === row.wallet ? found.readTo.buyer : found.readTo.seller;
	if (readTo >= Number(position)) return false;
	const earlier = { wallet: row.wallet, kind: 'message', 'data.conversation': conversation, readAt: null };
	return (await context.models.notifications.exists(earlier).session(session)) === null;
}

async function tellOnSite(context: Context, row: OutboxDocument, session: ClientSession): Promise<void> {
	const { _id, wallet, kind, order, data } = row;
	const said = { wallet, kind, order, data, at: context.now(), readAt: null, takenBack: false };
	await context.models.notifications.updateOne(
		{ _id },
		{ $set: said, $setOnInsert: { ref: noticeRef(_id) } },
		{ upsert: true, session }
	);
}

/** Where the wallet wants to be told of this beside the site. */
async function targetsOf(
	context: Context,
	{ wallet, kind, data }: OutboxDocument,
	contact: ContactChannelsDocument | null,
	session: ClientSession
): Promise<Target[]> {
	const only = kind === 'email-verify' ? 'email' : kind === 'test' ? data.channel : undefined;
	const isUnmuted = (channel: NoticeChannel, topic: NoticeTopic | null) =>
		topic !== null && !contact?.muted.includes(`${channel}:${topic}`);
	/** As what it is wanted there. */
	const wanted = (channel: NoticeChannel): string | undefined => {
		if (only !== undefined) return only === channel ? kind : undefined;
		return kindsOf(kind, data).find((one) => isUnmuted(channel, topicOf(one)));
	};

	const targets: Target[] = [];
	const { email, webhook } = contact ?? {};
	const mayMail = email && (kind === 'email-verify' || (email.verifiedAt !== null && !email.stopped));
	const [byMail, byWebhook, byPush] = [wanted('email'), wanted('webhook'), wanted('push')];
	if (mayMail && byMail !== undefined && context.config.notify.mail !== undefined)
		targets.push({ channel: 'email', target: emailTarget(email.address), kind: byMail });
	if (webhook && byWebhook !== undefined) targets.push({ channel: 'webhook', target: 'webhook', kind: byWebhook });
	if (byPush !== undefined) {
		const browsers = await context.models.pushSubscriptions.find({ wallet }, { _id: 1 }).session(session).lean();
		targets.push(...browsers.map(({ _id }) => ({ channel: 'push' as const, target: _id, kind: byPush })));
	}
	return targets;
}

/**
 * What the chain took back is marked as such, and what of it is still waiting is not sent.
 * @returns the targets that may have been told of it, and need to know
 */
async function correct(
	context: Context,
	row: OutboxDocument,
	targets: readonly Target[],
	session: ClientSession
): Promise<Target[]> {
	const { notifications, noticeDeliveries } = context.models;
	const notice = row._id.split(':order-correction:')[0] as string;
	await notifications.updateOne({ _id: notice }, { $set: { takenBack: true } }, { session });
	const said = await noticeDeliveries.find({ notice }).session(session).lean();
	await noticeDeliveries.updateMany(
		{ notice, state: 'waiting', count: 1 },
		{ $set: { state: 'dropped', lastError: 'taken-back' } },
		{ session }
	);
	return targets.filter((to) =>
		said.some((one) => one.channel === to.channel && one.target === to.target && one.attempts > 0)
	);
}

/** In its owner's quiet hours what people read waits for their end, and all of it is told together. */
async function addDelivery(
	context: Context,
	row: OutboxDocument,
	{ channel, target, kind }: Target,
	contact: ContactChannelsDocument | null,
	session: ClientSession
): Promise<void> {
	const { _id: notice, wallet, order } = row;
	const now = context.now();
	const mayWait = channel !== 'webhook' && topicOf(kind) !== null;
	const until = mayWait && contact?.quiet ? quietUntil(contact.quiet, now) : null;
	const ref = until === null ? noticeRef(notice) : noticeRef(`${wallet}:quiet:${until.toISOString()}`);
	const begun = { state: 'waiting', attempts: 0, nextAttemptAt: until ?? now, lastError: null, sentAt: null } as const;
	const first = { ref, notice, wallet, channel, target, kind, order };
	// What waited for the same morning and was taken back, or is sent, begins anew.
	if (until !== null)
		await context.models.noticeDeliveries.updateOne(
			{ _id: `${ref}:${channel}:${target}`, state: { $ne: 'waiting' } },
			{ $set: { ...first, ...begun, count: 0 } },
			{ session }
		);
	await context.models.noticeDeliveries.updateOne(
		{ _id: `${ref}:${channel}:${target}` },
		until === null
			? { $set: { ...first, ...begun, count: 1 } }
			: { $setOnInsert: { ...first, ...begun }, $inc: { count: 1 } },
		{ upsert: true, session, setDefaultsOnInsert: false }
	);
}
