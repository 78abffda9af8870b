import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { exportListings } from '#lib/server/services/listing-import.ts';
import type { RequestHandler } from './$types';

/** `GET` → the actor's listings and drafts as CSV, in the columns that `import` reads. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(
		locals.requestId,
		async () =>
			new Response(await exportListings(locals.context, requireActor(locals)), {
				headers: {
					'content-type': 'text/csv; charset=utf-8',
					'content-disposition': 'attachment; filename="listings.csv"',
					'cache-control': 'private, no-store'
				}
			})
	);
