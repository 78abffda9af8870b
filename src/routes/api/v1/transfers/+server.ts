import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { openTransfer, type OpenTransferInput } from '#lib/server/services/transfers.ts';
import type { RequestHandler } from './$types';

/** `POST { transfer }` begins to let a second device in → 201 `{ expiresAt }`. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 1024)) as OpenTransferInput;
		return json(await openTransfer(locals.context, actor, input), { status: 201 });
	});
