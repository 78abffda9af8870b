import { json } from '@sveltejs/kit';
import { forApi } from '#lib/server/problem.ts';
import { chainsWithTerms } from '#lib/server/services/chains.ts';
import type { RequestHandler } from './$types';

/** `GET` → ids, contracts, confirmations and tokens of the chains that this node follows. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, async () =>
		json(
			{ chains: await chainsWithTerms(locals.context) },
			{ headers: { 'cache-control': 'public, s-maxage=30, stale-while-revalidate=300' } }
		)
	);
