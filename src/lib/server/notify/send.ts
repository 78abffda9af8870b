// From what waits to what was sent: one row is one try, and a try that fails waits longer each time.
import type { NoticeChannel } from '#lib/domain/notice.ts';
import type { Context } from '#lib/server/context.ts';
import type { NoticeDeliveryDocument } from '#lib/server/db/models/notice-delivery.ts';
import { sendEmail } from './email.ts';
import { sendPush } from './push.ts';
import { sendWebhook } from './webhook.ts';

/**
 * What became of a try: `drop` is for what nobody waits for any more, `fail` for what would fail again, `retry` for the
 * rest. The reason is a stable code, or an HTTP status.
 */
export type Outcome = 'sent' | { drop: string } | { fail: string } | { retry: string };

/**
 * Longer than a try takes: whoever has it then is gone, and did or did not send it. A mail server may take its time with
 * each of a dozen commands.
 */
const claimMilliseconds: Readonly<Record<NoticeChannel, number>> = { email: 600_000, push: 60_000, webhook: 60_000 };
/** The last of them is most of a day after the first. */
const attemptsLimit = 12;

const senders: Readonly<Record<NoticeChannel, (context: Context, row: NoticeDeliveryDocument) => Promise<Outcome>>> = {
	email: sendEmail,
	push: sendPush,
	webhook: sendWebhook
};

/** Tries what is due of a channel. @returns whether there was anything */
export async function sendNext(context: Context, channel: NoticeChannel): Promise<boolean> {
	const { noticeDeliveries } = context.models;
	const now = context.now();
	const row = await noticeDeliveries
		.findOneAndUpdate(
			{ state: 'waiting', channel, nextAttemptAt: { $lte: now } },
			{ $set: { nextAttemptAt: new Date(now.getTime() + claimMilliseconds[channel]) }, $inc: { attempts: 1 } },
			{ sort: { nextAttemptAt: 1 }, returnDocument: 'after' }
		)
		.lean();
	if (row === null) return false;
	const outcome = await senders[channel](context, row).catch((error: unknown): Outcome => {
		context.log.error({ err: error, channel }, 'a notice could not be sent');
		return { retry: 'error' };
	});
	await settle(context, row, outcome);
	return true;
}

async function settle(context: Context, row: NoticeDeliveryDocument, outcome: Outcome): Promise<void> {
	const { noticeDeliveries } = context.models;
	const waiting = { _id: row._id, state: 'waiting' } as const;
	if (outcome === 'sent')
		return void (await noticeDeliveries.updateOne(waiting, {
			$set: { state: 'sent', sentAt: context.now(), lastError: null }
		}));
	if ('drop' in outcome)
		return void (await noticeDeliveries.updateOne(waiting, { $set: { state: 'dropped', lastError: outcome.drop } }));

	const lastError = 'fail' in outcome ? outcome.fail : outcome.retry;
	const isLast = 'fail' in outcome || row.attempts >= attemptsLimit;
	const nextAttemptAt = new Date(context.now().getTime() + pauseAfter(row.attempts, context));
	await noticeDeliveries.updateOne(waiting, {
		$set: { lastError, ...(isLast ? { state: 'failed' } : { nextAttemptAt }) }
	});
	// A place that does not answer is not asked for each of the notices that wait for it.
	if (row.channel === 'webhook')
		await noticeDeliveries.updateMany(
			{ wallet: row.wallet, channel: 'webhook', state: 'waiting', nextAttemptAt: { $lt: nextAttemptAt } },
			{ $set: { nextAttemptAt } }
		);
}

/** Half a minute, then twice as long each time, at most six hours; a fifth more or less, so that not all come at once. */
function pauseAfter(attempts: number, context: Context): number {
	const [chance = 0] = context.randomBytes(1);
	return Math.min(30_000 * 2 ** (attempts - 1), 6 * 3_600_000) * (0.8 + (0.4 * chance) / 255);
}
