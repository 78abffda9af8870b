import { sessionCookieName, sessionCookieOptions } from '#lib/server/auth/cookie.ts';
import { takePoints } from '#lib/server/auth/limits.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { signIn } from '#lib/server/auth/sign-in.ts';
import { forApi } from '#lib/server/problem.ts';
import { endSession, sessionSeconds } from '#lib/server/services/sessions.ts';
import type { RequestHandler } from './$types';

/**
 * `POST { message, signature }` → `{ wallet, chainId, handle, createdAt, expiresAt }` and the session cookie. A program
 * asks with `?token` and gets the secret as `token`, for its `Authorization: Bearer` header, and no cookie.
 */
export const POST: RequestHandler = ({ request, locals, url, cookies, getClientAddress }) =>
	forApi(locals.requestId, async () => {
		const { context, session: before, actor } = locals;
		const address = getClientAddress();
		await takePoints(context, 'sign-in', address);
		const input = (await readJson(request, 64 * 1024)) as Parameters<typeof signIn>[1];
		const { secret, session } = await signIn(
			context,
			input,
			{ scheme: url.protocol.slice(0, -1), host: url.host },
			{ host: url.host, address, userAgent: request.headers.get('user-agent') ?? '' }
		);

		if (url.searchParams.has('token')) return { ...session, token: secret };
		// The browser's earlier session ends here: it has just lost the only place its secret was kept.
		if (before !== null && actor !== null) await endSession(context, actor, before).catch(() => undefined);
		const secure = url.protocol === 'https:';
		cookies.set(sessionCookieName(secure), secret, sessionCookieOptions(secure, sessionSeconds));
		return session;
	});
