import { json } from '@sveltejs/kit';
import { forApi } from '#lib/server/problem.ts';
import { readFigures } from '#lib/server/services/figures.ts';
import { readPools } from '#lib/server/services/pools.ts';
import type { RequestHandler } from './$types';

/** `GET` → `{ figures, pools }`: what this market holds, how its disputes went, and each chain's pool of arbitrators. */
export const GET: RequestHandler = ({ locals: { context, requestId } }) =>
	forApi(requestId, async () => {
		const [figures, pools] = await Promise.all([readFigures(context), readPools(context)]);
		return json(
			{ figures, pools },
			{ headers: { 'cache-control': 'public, s-maxage=30, stale-while-revalidate=300' } }
		);
	});
