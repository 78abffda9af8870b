import { forApi } from '#lib/server/problem.ts';
import { getKeyLog } from '#lib/server/services/keys.ts';
import type { RequestHandler } from './$types';

/** `GET` → the wallet's key log, oldest first; empty where it has no keys. For the reader to check. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => getKeyLog(locals.context, params));
