import { takePoints } from '#lib/server/auth/limits.ts';
import { issueNonce } from '#lib/server/auth/sign-in.ts';
import { forApi } from '#lib/server/problem.ts';
import type { RequestHandler } from './$types';

/** `POST` → `{ nonce, issuedAt, expirationTime }`, to go into a sign-in message as they are. */
export const POST: RequestHandler = ({ locals, url, getClientAddress }) =>
	forApi(locals.requestId, async () => {
		await takePoints(locals.context, 'sign-in', getClientAddress());
		return issueNonce(locals.context, url.host);
	});
