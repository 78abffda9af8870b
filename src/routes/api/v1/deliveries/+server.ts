import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { deliver, getDelivery, type DeliverInput } from '#lib/server/services/evidence.ts';
import type { RequestHandler } from './$types';

/** `GET ?order=chainId:orderId` → `{ delivery }`: what its seller delivered, null before it did. */
export const GET: RequestHandler = ({ locals, url }) =>
	forApi(locals.requestId, async () => ({
		delivery: await getDelivery(locals.context, requireActor(locals), { order: url.searchParams.get('order') ?? '' })
	}));

/** `POST { order, file, format, manifest }` hands the goods of an order over, once → 204. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () =>
		deliver(locals.context, requireActor(locals), (await readJson(request, 128 * 1024)) as DeliverInput)
	);
