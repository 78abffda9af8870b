import { json } from '@sveltejs/kit';
import { takePoints } from '#lib/server/auth/limits.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { forApi } from '#lib/server/problem.ts';
import { countCalls, relayRpc } from '#lib/server/services/relay.ts';
import type { RequestHandler } from './$types';

/** `POST` one JSON-RPC call or a batch, for the chain of that id. */
export const POST: RequestHandler = ({ request, params, locals, getClientAddress }) =>
	forApi(locals.requestId, async () => {
		const body = await readJson(request, 256 * 1024);
		await takePoints(locals.context, 'rpc', getClientAddress(), countCalls(body));
		const answer = await relayRpc(locals.context, Number(params.chainId), body);
		return json(answer, { headers: { 'cache-control': 'no-store' } });
	});
