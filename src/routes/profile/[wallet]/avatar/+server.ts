import { forApi } from '#lib/server/problem.ts';
import { getAvatar } from '#lib/server/services/avatars.ts';
import type { RequestHandler } from './$types';

/** `GET ?v` → a wallet's picture. Pages name it by what it is, so that it can be kept for long where they do. */
export const GET: RequestHandler = ({ locals, params, url }) =>
	forApi(locals.requestId, async () => {
		const { type, bytes } = await getAvatar(locals.context, params);
		const kept = url.searchParams.has('v') ? 'public, max-age=86400, s-maxage=60' : 'public, no-cache';
		return new Response(bytes, {
			headers: {
				'content-type': type,
				'content-length': String(bytes.length),
				'cache-control': kept,
				'x-content-type-options': 'nosniff',
				'content-security-policy': "default-src 'none'; sandbox"
			}
		});
	});
