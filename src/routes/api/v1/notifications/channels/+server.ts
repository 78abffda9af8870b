import { InvalidInput } from '#lib/domain/errors.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { getChannels, setChoices } from '#lib/server/services/contact-channels.ts';
import { removeEmail, setEmail } from '#lib/server/services/contact-email.ts';
import { addBrowser, removeBrowser } from '#lib/server/services/contact-push.ts';
import { removeWebhook, rotateWebhookSecret, setWebhook } from '#lib/server/services/contact-webhook.ts';
import type { RequestHandler } from './$types';

/** `GET` → one's channels and choices. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, () => getChannels(locals.context, requireActor(locals)));

type Body = Record<string, unknown>;

/**
 * `PUT` one of these:
 * - `{ channel: 'email', address }`: a link goes there first → 204
 * - `{ channel: 'push', endpoint, keys, serverKey }`, a browser's subscription → its id
 * - `{ channel: 'webhook', url }` → the secret of a new one; `{ channel: 'webhook', rotate: true }` → another secret
 * - `{ muted, quiet }`: what is switched off, as `channel:topic`, and the quiet hours or null → 204
 */
export const PUT: RequestHandler = ({ request, locals, url: { origin: site } }) =>
	forApi(locals.requestId, async () => {
		const { context } = locals;
		const actor = requireActor(locals);
		const { channel, ...rest } = ((await readJson(request, 16 * 1024)) ?? {}) as Body;
		const input = rest as never;
		switch (channel) {
			case undefined:
				return setChoices(context, actor, input);
			case 'email':
				return setEmail(context, actor, { ...rest, site } as never);
			case 'push':
				return addBrowser(context, actor, { ...rest, userAgent: request.headers.get('user-agent') ?? '' } as never);
			case 'webhook':
				return rest.rotate === true
					? rotateWebhookSecret(context, actor)
					: setWebhook(context, actor, { ...rest, site } as never);
			default:
				throw new InvalidInput({ issues: ['channel: invalid-value'] });
		}
	});

/** `DELETE { channel: 'email' }`, `{ channel: 'webhook' }` or `{ channel: 'push', endpoint }` → 204. */
export const DELETE: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const { context } = locals;
		const actor = requireActor(locals);
		const { channel, ...rest } = ((await readJson(request, 16 * 1024)) ?? {}) as Body;
		if (channel === 'email') return removeEmail(context, actor);
		if (channel === 'webhook') return removeWebhook(context, actor);
		if (channel === 'push') return removeBrowser(context, actor, rest as never);
		throw new InvalidInput({ issues: ['channel: invalid-value'] });
	});
