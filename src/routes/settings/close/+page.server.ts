import { redirect } from '@sveltejs/kit';
import { sessionCookieName, sessionCookieOptions } from '#lib/server/auth/cookie.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { closeAccount, countOpenOrders } from '#lib/server/services/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId } }) =>
	forPage(requestId, async () => ({ open: actor ? await countOpenOrders(context, actor) : 0 }));

export const actions: Actions = {
	default: async ({ request, locals, cookies, url }) => {
		const wallet = String((await request.formData()).get('wallet') ?? '');
		const done = await forForm(async () => {
			await closeAccount(locals.context, requireActor(locals), { wallet });
			return { closed: true };
		});
		if (!('closed' in done)) return done;
		const secure = url.protocol === 'https:';
		cookies.delete(sessionCookieName(secure), sessionCookieOptions(secure, 0));
		redirect(303, '/settings/closed');
	}
};
