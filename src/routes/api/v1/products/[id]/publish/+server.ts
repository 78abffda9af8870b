import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { publish } from '#lib/server/services/products.ts';
import type { RequestHandler } from './$types';

/** `POST { offers: [{ offer, signature }] }`, one for each price of the draft → the listing. */
export const POST: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 1024 * 1024)) as Pick<Parameters<typeof publish>[2], 'offers'>;
		return publish(locals.context, requireActor(locals), { ...input, id: params.id });
	});
