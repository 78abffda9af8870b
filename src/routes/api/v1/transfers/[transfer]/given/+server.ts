import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { giveTransfer, type GiveTransferInput } from '#lib/server/services/transfers.ts';
import type { RequestHandler } from './$types';

/** `PUT { given }` of the first device: ciphertext for the second. */
export const PUT: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const body = (await readJson(request, 128 * 1024)) as Omit<GiveTransferInput, 'transfer'>;
		await giveTransfer(locals.context, actor, { ...body, ...params });
	});
