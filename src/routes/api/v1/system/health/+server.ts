import { json } from '@sveltejs/kit';
import { forApi } from '#lib/server/problem.ts';
import { readHealth } from '#lib/server/services/chains.ts';
import type { RequestHandler } from './$types';

/** `GET` → what this node stands on and whether it answers; 503 where something does not. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, async () => {
		const health = await readHealth(locals.context);
		return json(health, { status: health.ok ? 200 : 503, headers: { 'cache-control': 'no-store' } });
	});
