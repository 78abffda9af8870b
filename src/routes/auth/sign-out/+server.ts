import { sessionCookieName, sessionCookieOptions } from '#lib/server/auth/cookie.ts';
import { forApi } from '#lib/server/problem.ts';
import { endSession } from '#lib/server/services/sessions.ts';
import type { RequestHandler } from './$types';

/** `POST` ends the session that asks, if there is one, and takes its cookie back. */
export const POST: RequestHandler = ({ locals, url, cookies }) =>
	forApi(locals.requestId, async () => {
		const secure = url.protocol === 'https:';
		cookies.delete(sessionCookieName(secure), sessionCookieOptions(secure, 0));
		if (locals.session === null || locals.actor === null) return;
		await endSession(locals.context, locals.actor, locals.session);
	});
