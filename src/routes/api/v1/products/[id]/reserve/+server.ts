import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { releaseReservation, reserve } from '#lib/server/services/reservations.ts';
import type { RequestHandler } from './$types';

/** `POST { quantity }` → `{ product, quantity, expiresAt }`: kept for whoever asks while it pays. */
export const POST: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request)) as { quantity?: number };
		return reserve(locals.context, requireActor(locals), { ...input, product: params.id });
	});

/** `DELETE` gives up what was kept. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => releaseReservation(locals.context, requireActor(locals), { product: params.id }));
