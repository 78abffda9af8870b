import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listDeliveries } from '#lib/server/services/contact-channels.ts';
import type { RequestHandler } from './$types';

/** `GET` → what was posted to one's webhook lately, and what became of it, as `{ items }`. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, async () => ({ items: await listDeliveries(locals.context, requireActor(locals)) }));
