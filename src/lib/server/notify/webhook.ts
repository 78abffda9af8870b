import { createHmac } from 'node:crypto';
import { topicOf } from '#lib/domain/notice.ts';
import type { Context } from '#lib/server/context.ts';
import type { NoticeDeliveryDocument } from '#lib/server/db/models/notice-delivery.ts';
import { post, Unanswered } from './outgoing.ts';
import type { Outcome } from './send.ts';
import { pathOf, siteOf } from './words.ts';

/** Posts a notice to the wallet's webhook, signed. */
export async function sendWebhook(context: Context, row: NoticeDeliveryDocument): Promise<Outcome> {
	const contact = await context.models.contactChannels.findById(row.wallet).lean();
	const webhook = contact?.webhook ?? null;
	if (webhook === null) return { drop: 'not-wanted' };

	const { ref: id, kind, order, createdAt } = row;
	const url = siteOf(context, contact) + pathOf(row);
	const body = JSON.stringify({ id, kind, topic: topicOf(kind), order, at: createdAt.toISOString(), url });
	const now = context.now();
	const { previous, previousUntil } = webhook;
	const secrets = [
		webhook.secret,
		...(previous !== null && previousUntil !== null && now < previousUntil ? [previous] : [])
	];
	const timestamp = Math.floor(now.getTime() / 1000);
	const signatures = secrets.map((secret) => `v1=${signatureOf(secret, timestamp, body)}`);
	try {
		const status = await post(context.config, webhook.url, {
			headers: {
				'content-type': 'application/json',
				'user-agent': 'Holdfast-Webhook',
				'x-holdfast-delivery': id,
				'x-holdfast-signature': [`t=${timestamp}`, ...signatures].join(',')
			},
			body
		});
		return status >= 200 && status < 300 ? 'sent' : { retry: `http-${status}` };
	} catch (error) {
		if (!(error instanceof Unanswered)) throw error;
		return { retry: error.code };
	}
}

/** HMAC-SHA256 of `timestamp.body` under the webhook's secret, in hex: what its receiver computes as well. */
function signatureOf(secret: string, timestamp: number, body: string): string {
	return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
