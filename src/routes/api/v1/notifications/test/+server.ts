import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { testChannel } from '#lib/server/services/contact-channels.ts';
import type { RequestHandler } from './$types';

/** `POST { channel }`: a notice goes that way → 202 with what its receiver knows it by. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const input = (await readJson(request, 1024)) as Parameters<typeof testChannel>[2];
		return json(await testChannel(locals.context, actor, input), { status: 202 });
	});
