import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { importListings } from '#lib/server/services/listing-import.ts';
import type { RequestHandler } from './$types';

/**
 * `POST` CSV → `{ lines: [{ line, title, id, outcome, column?, reason? }] }`, what became of each line: `created`,
 * `changed`, `unchanged` or `refused`. With `?trial` nothing is written.
 */
export const POST: RequestHandler = ({ request, locals, url }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const table = new Uint8Array(await request.arrayBuffer());
		const lines = await importListings(locals.context, actor, { table, trial: url.searchParams.has('trial') });
		return { lines };
	});
