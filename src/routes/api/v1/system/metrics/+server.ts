import { forApi } from '#lib/server/problem.ts';
import { readMetrics } from '#lib/server/services/metrics.ts';
import type { RequestHandler } from './$types';

/** `GET` → figures in Prometheus' text format, for `METRICS_TOKEN` as a bearer token or an operator's session. */
export const GET: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
		return new Response(await readMetrics(locals.context, locals.actor, token), {
			headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
		});
	});
