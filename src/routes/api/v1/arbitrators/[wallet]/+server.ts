import { forApi } from '#lib/server/problem.ts';
import { getArbitrator } from '#lib/server/services/arbitrators.ts';
import type { RequestHandler } from './$types';

/** `GET` → an arbitrator: its seats, one a chain, what moved its stake and its reputation, and the cases it was drawn for. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => getArbitrator(locals.context, params));
