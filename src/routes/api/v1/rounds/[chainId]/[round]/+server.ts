import { json } from '@sveltejs/kit';
import { takePoints } from '#lib/server/auth/limits.ts';
import { forApi } from '#lib/server/problem.ts';
import { getRound } from '#lib/server/services/rounds.ts';
import type { RequestHandler } from './$types';

/** `GET` → `{ round, signature }` of a round that is public and that an open case waits for; 404 of any other. */
export const GET: RequestHandler = ({ locals, params, getClientAddress }) =>
	forApi(locals.requestId, async () => {
		// As a call that is handed on to a chain: its verifier is asked.
		await takePoints(locals.context, 'rpc', getClientAddress());
		const found = await getRound(locals.context, params);
		return json(found, { headers: { 'cache-control': 'public, max-age=3600' } });
	});
