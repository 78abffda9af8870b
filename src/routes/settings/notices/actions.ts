// What the settings do about notifications: forms, which work without a script.
import type { RequestEvent } from '@sveltejs/kit';
import { noticeChannels, noticeTopics } from '#lib/domain/notice.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm } from '#lib/server/problem.ts';
import {
	getChannels,
	listDeliveries,
	setChoices,
	testChannel,
	type ChoicesInput
} from '#lib/server/services/contact-channels.ts';
import { removeEmail, resumeEmail, setEmail } from '#lib/server/services/contact-email.ts';
import { removeBrowser } from '#lib/server/services/contact-push.ts';
import { removeWebhook, rotateWebhookSecret, setWebhook } from '#lib/server/services/contact-webhook.ts';

/** What the section shows. */
export async function loadNotices(context: App.Locals['context'], actor: NonNullable<App.Locals['actor']>) {
	const [channels, deliveries] = await Promise.all([getChannels(context, actor), listDeliveries(context, actor)]);
	return { channels, deliveries: channels.webhook === null ? [] : deliveries };
}

const field = (form: FormData, name: string) => String(form.get(name) ?? '');

export const noticeActions = {
	email: async ({ request, locals, url }: RequestEvent) => {
		const typed = { address: field(await request.formData(), 'address') };
		return forForm(
			async () => {
				await setEmail(locals.context, requireActor(locals), { ...typed, site: url.origin });
				return { saved: 'email' };
			},
			{ typed, part: 'email' }
		);
	},
	removeEmail: ({ locals }: RequestEvent) =>
		forForm(
			async () => {
				await removeEmail(locals.context, requireActor(locals));
				return { saved: 'email-removed' };
			},
			{ part: 'email' }
		),
	resumeEmail: ({ locals }: RequestEvent) =>
		forForm(
			async () => {
				await resumeEmail(locals.context, requireActor(locals));
				return { saved: 'email-resumed' };
			},
			{ part: 'email' }
		),
	removeBrowser: async ({ request, locals }: RequestEvent) => {
		const id = field(await request.formData(), 'id');
		return forForm(
			async () => {
				await removeBrowser(locals.context, requireActor(locals), { id });
				return { saved: 'browsers' };
			},
			{ part: 'browsers' }
		);
	},
	webhook: async ({ request, locals, url: { origin: site } }: RequestEvent) => {
		const typed = { url: field(await request.formData(), 'url') };
		return forForm(
			async () => {
				const { secret } = await setWebhook(locals.context, requireActor(locals), { ...typed, site });
				return { saved: 'webhook', secret };
			},
			{ typed, part: 'webhook' }
		);
	},
	rotateWebhook: ({ locals }: RequestEvent) =>
		forForm(
			async () => ({
				saved: 'webhook',
				...(await rotateWebhookSecret(locals.context, requireActor(locals)))
			}),
			{ part: 'webhook' }
		),
	removeWebhook: ({ locals }: RequestEvent) =>
		forForm(
			async () => {
				await removeWebhook(locals.context, requireActor(locals));
				return { saved: 'webhook-removed' };
			},
			{ part: 'webhook' }
		),
	testNotice: async ({ request, locals }: RequestEvent) => {
		const channel = field(await request.formData(), 'channel') as Parameters<typeof testChannel>[2]['channel'];
		return forForm(
			async () => {
				await testChannel(locals.context, requireActor(locals), { channel });
				return { tested: channel };
			},
			{ part: `test-${channel}` }
		);
	},
	noticeChoices: async ({ request, locals }: RequestEvent) => {
		const form = await request.formData();
		const wanted = new Set(form.getAll('wanted'));
		const shown = noticeChannels.flatMap((channel) => noticeTopics.map((topic) => `${channel}:${topic}` as const));
		const quiet = { from: field(form, 'from'), to: field(form, 'to'), zone: field(form, 'zone') };
		const choices: ChoicesInput = {
			muted: shown.filter((choice) => !wanted.has(choice)),
			quiet: form.has('quiet') ? quiet : null
		};
		return forForm(
			async () => {
				await setChoices(locals.context, requireActor(locals), choices);
				return { saved: 'notice-choices' };
			},
			{ typed: { choices }, part: 'choices' }
		);
	}
};
