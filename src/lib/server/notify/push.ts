import { m } from '#lib/paraglide/messages.js';
import type { Context } from '#lib/server/context.ts';
import type { NoticeDeliveryDocument } from '#lib/server/db/models/notice-delivery.ts';
import { pushKeys } from '#lib/server/services/push-keys.ts';
import { post, Unanswered } from './outgoing.ts';
import type { Outcome } from './send.ts';
import { localeOf, pathOf, sentenceOf } from './words.ts';

/** How long a push service keeps what a browser that is off has not fetched, in seconds. */
const lifetime = 86_400;

/** Pushes a notice to one browser, encrypted for it (RFC 8291) and signed with this node's key (RFC 8292). */
export async function sendPush(context: Context, row: NoticeDeliveryDocument): Promise<Outcome> {
	const { pushSubscriptions } = context.models;
	const subscription = await pushSubscriptions.findOne({ _id: row.target, wallet: row.wallet }).lean();
	if (subscription === null) return { drop: 'not-wanted' };
	const keys = await pushKeys(context);
	// Made for the key of another node, which may come to it.
	if (subscription.serverKey !== keys.publicKey) return { retry: 'other-key' };

	const locale = await localeOf(context, row.wallet);
	const payload = { id: row.ref, title: m.brand({}, { locale }), body: sentenceOf(row, locale), path: pathOf(row) };
	const { default: webPush } = await import('web-push');
	const { endpoint, p256dh, auth } = subscription;
	const request = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify(payload), {
		vapidDetails: { ...keys, subject: subjectOf(context) },
		TTL: lifetime,
		urgency: 'normal',
		topic: row.ref
	});
	try {
		const headers = Object.fromEntries(
			Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'content-length')
		);
		const status = await post(context.config, endpoint, { headers, body: request.body ?? Buffer.alloc(0) });
		if (status >= 200 && status < 300) return 'sent';
		if (status !== 404 && status !== 410) return { retry: `http-${status}` };
		await pushSubscriptions.deleteOne({ _id: row.target });
		return { drop: `http-${status}` };
	} catch (error) {
		if (!(error instanceof Unanswered)) throw error;
		return { retry: error.code };
	}
}

function subjectOf({ config: { notify, origin } }: Context): string {
	if (notify.vapidSubject !== undefined) return notify.vapidSubject;
	if (notify.mail !== undefined) return `mailto:${notify.mail.from.replace(/^.*<|>$/g, '')}`;
	return origin?.startsWith('https:') ? origin : 'https://holdfast.invalid';
}
