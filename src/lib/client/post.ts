import { ActionError } from '#lib/client/failure.ts';

/**
 * Posts JSON to this node.
 * @throws {ActionError} with the `code` of the problem (RFC 9457) that it answers
 */
export async function post(path: string, body: object = {}): Promise<Response> {
	const response = await fetch(path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body)
	});
	if (response.ok) return response;
	const problem = (await response.json().catch(() => ({}))) as { code?: string };
	throw new ActionError(problem.code ?? 'node-unreachable');
}
