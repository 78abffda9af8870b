import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { endTransfer } from '#lib/server/services/transfers.ts';
import type { RequestHandler } from './$types';

/** `DELETE` ends a transfer: both devices have what they wanted, or one gave up. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => endTransfer(locals.context, requireActor(locals), params));
