import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { publishKeys, type PublishKeysInput } from '#lib/server/services/keys.ts';
import type { RequestHandler } from './$types';

/** `POST` the keys of one's next epoch, signed by the wallet → 201 `{ epoch, hash }`. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 64 * 1024)) as PublishKeysInput;
		return json(await publishKeys(locals.context, actor, input), { status: 201 });
	});
