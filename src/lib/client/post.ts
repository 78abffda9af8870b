import { ActionError } from '#lib/client/failure.ts';

/**
 * Reads JSON of this node.
 * @throws {ActionError} with the `code` of the problem (RFC 9457) that it answers
 */
export async function read<Answer>(path: string): Promise<Answer> {
	const response = await accepted(await fetch(path, { headers: { accept: 'application/json' } }));
	return (await response.json()) as Answer;
}

/** Posts JSON to this node. @throws {ActionError} as {@link read} */
export function post(path: string, body: object = {}): Promise<Response> {
	return send('POST', path, body);
}

/** Puts JSON to this node. @throws {ActionError} as {@link read} */
export function put(path: string, body: object): Promise<Response> {
	return send('PUT', path, body);
}

async function send(method: 'POST' | 'PUT', path: string, body: object): Promise<Response> {
	const headers = { 'content-type': 'application/json' };
	return accepted(await fetch(path, { method, headers, body: JSON.stringify(body) }));
}

async function accepted(response: Response): Promise<Response> {
	if (response.ok) return response;
	const problem = (await response.json().catch(() => ({}))) as { code?: string };
	throw new ActionError(problem.code ?? 'node-unreachable');
}
