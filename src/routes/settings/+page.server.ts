import { redirect } from '@sveltejs/kit';
import { cookieName, toLocale } from '#lib/paraglide/runtime.js';
import { InvalidInput } from '#lib/domain/errors.ts';
import { localPath } from '#lib/domain/local-path.ts';
import { signedOutCookie } from '#lib/domain/signed-out.ts';
import { sessionCookieName, sessionCookieOptions } from '#lib/server/auth/cookie.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { removeAvatar, setAvatar } from '#lib/server/services/avatars.ts';
import { listBlocked } from '#lib/server/services/blocks.ts';
import { listFollowed } from '#lib/server/services/follows.ts';
import { endOtherSessions, endSession, listSessions } from '#lib/server/services/sessions.ts';
import { getProfile, updateProfile } from '#lib/server/services/users.ts';
import type { Actions, PageServerLoad } from './$types';
import { loadNotices, noticeActions } from './notices/actions.ts';

const nobody = { items: [], next: null };

export const load: PageServerLoad = ({ locals: { context, actor, session, requestId } }) =>
	forPage(requestId, async () => {
		if (actor === null) return { profile: null, sessions: [], notices: null, followed: nobody, blocked: nobody };
		const [profile, sessions, notices, followed, blocked] = await Promise.all([
			getProfile(context, { wallet: actor.wallet }),
			listSessions(context, actor, session?.handle ?? ''),
			loadNotices(context, actor),
			listFollowed(context, actor, { limit: 100 }),
			listBlocked(context, actor, { limit: 100 })
		]);
		return { profile, sessions, notices, followed, blocked };
	});

/** What a page is shown in, which its own script may read. */
const preference = { path: '/', maxAge: 31_536_000, httpOnly: false, sameSite: 'lax', secure: false } as const;

export const actions: Actions = {
	...noticeActions,
	theme: async ({ request, cookies }) => {
		const chosen = (await request.formData()).get('theme');
		if (chosen === 'light' || chosen === 'dark') cookies.set('theme', chosen, preference);
		else cookies.delete('theme', preference);
		return { saved: 'theme' };
	},
	language: async ({ request, locals, cookies, url }) => {
		const form = await request.formData();
		const language = toLocale(form.get('language'));
		const to = String(form.get('to') ?? '');
		if (language !== undefined) {
			cookies.set(cookieName, language, { ...preference, secure: url.protocol === 'https:' });
			if (locals.actor !== null) await updateProfile(locals.context, locals.actor, { locale: language });
		}
		redirect(303, localPath(to, url.origin) ?? '/settings');
	},
	profile: async ({ request, locals }) => {
		const form = await request.formData();
		const typed = { displayName: String(form.get('displayName') ?? ''), about: String(form.get('about') ?? '') };
		return forForm(
			async () => {
				await updateProfile(locals.context, requireActor(locals), typed);
				return { saved: 'profile' };
			},
			{ typed, part: 'profile' }
		);
	},
	avatar: async ({ request, locals }) => {
		const file = (await request.formData()).get('avatar');
		return forForm(
			async () => {
				const actor = requireActor(locals);
				if (!(file instanceof Blob)) throw new InvalidInput({ issues: ['avatar: missing'] });
				await setAvatar(locals.context, actor, new Uint8Array(await file.arrayBuffer()));
				return { saved: 'avatar' };
			},
			{ part: 'avatar' }
		);
	},
	noAvatar: ({ locals }) =>
		forForm(
			async () => {
				await removeAvatar(locals.context, requireActor(locals));
				return { saved: 'avatar' };
			},
			{ part: 'avatar' }
		),
	end: async ({ request, locals }) => {
		const handle = String((await request.formData()).get('handle'));
		return forForm(
			async () => {
				await endSession(locals.context, requireActor(locals), { handle });
				return { saved: 'sessions' };
			},
			{ part: 'sessions' }
		);
	},
	endOthers: ({ locals }) =>
		forForm(
			async () => {
				await endOtherSessions(locals.context, requireActor(locals), locals.session?.handle ?? '');
				return { saved: 'sessions' };
			},
			{ part: 'sessions' }
		),
	signOut: async ({ locals, cookies, request, url }) => {
		const { context, session, actor } = locals;
		if (session !== null && actor !== null) await endSession(context, actor, session);
		const secure = url.protocol === 'https:';
		// Only the page's script can forget what is kept in the browser: where it had not come yet, the next page's does.
		if (actor !== null && request.headers.get('x-sveltekit-action') !== 'true')
			cookies.set(signedOutCookie, actor.wallet, { ...preference, secure });
		cookies.delete(sessionCookieName(secure), sessionCookieOptions(secure, 0));
		redirect(303, '/');
	}
};
