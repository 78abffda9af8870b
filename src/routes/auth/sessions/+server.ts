import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listSessions } from '#lib/server/services/sessions.ts';
import type { RequestHandler } from './$types';

/** `GET` → the sessions of the wallet that asks, the newest first. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, async () => ({
		sessions: await listSessions(locals.context, requireActor(locals), locals.session?.handle ?? '')
	}));
