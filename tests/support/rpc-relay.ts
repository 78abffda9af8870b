import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Call = { id: number; method: string; params: unknown[] };

/** What a relay makes of a call: an answer of its own, or undefined to ask the node behind it. */
export type Meddle = (
	method: string,
	params: unknown[],
	ask: () => Promise<unknown>
) => Promise<{ result: unknown } | { error: string } | undefined>;

/** A JSON-RPC server in front of a chain that refuses, lies or lags as a provider does. */
export async function rpcRelay(target: string, meddle: Meddle): Promise<{ url: string; stop: () => Promise<void> }> {
	async function ask(call: Call): Promise<{ result?: unknown; error?: unknown }> {
		const headers = { 'content-type': 'application/json' };
		const answer = await fetch(target, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', ...call }) });
		return (await answer.json()) as { result?: unknown; error?: unknown };
	}
	async function answer(call: Call): Promise<object> {
		const own = await meddle(call.method, call.params, async () => (await ask(call)).result);
		if (own === undefined) return ask(call);
		const body = 'error' in own ? { error: { code: -32005, message: own.error } } : own;
		return { jsonrpc: '2.0', id: call.id, ...body };
	}

	const server = createServer((request, response) => {
		void (async () => {
			let text = '';
			for await (const chunk of request) text += chunk as string;
			const calls = JSON.parse(text) as Call | Call[];
			const body = Array.isArray(calls) ? await Promise.all(calls.map(answer)) : await answer(calls);
			response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
		})();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		stop: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
}
