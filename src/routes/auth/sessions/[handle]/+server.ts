import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { endSession } from '#lib/server/services/sessions.ts';
import type { RequestHandler } from './$types';

/** `DELETE` ends one session of the wallet that asks, at once. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => endSession(locals.context, requireActor(locals), params));
