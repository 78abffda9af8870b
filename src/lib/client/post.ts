// JSON to and from this node.
import { readJson, request } from './node-request.ts';

/** Reads JSON of this node. @throws {DomainError} {NodeUnreachable} as `request` */
export async function read<Answer>(path: string): Promise<Answer> {
	return readJson<Answer>(await request(fetch, path, { headers: { accept: 'application/json' } }));
}

/** Posts JSON to this node. @throws {DomainError} {NodeUnreachable} as `request` */
export function post(path: string, body: object = {}): Promise<Response> {
	return send('POST', path, body);
}

/** Puts JSON to this node. @throws {DomainError} {NodeUnreachable} as `request` */
export function put(path: string, body: object): Promise<Response> {
	return send('PUT', path, body);
}

function send(method: 'POST' | 'PUT', path: string, body: object): Promise<Response> {
	const headers = { 'content-type': 'application/json' };
	return request(fetch, path, { method, headers, body: JSON.stringify(body) });
}
