// Requests to this node, and the failures after which it is worth asking again.
import { DomainError } from '#lib/domain/errors.ts';

/** `fetch`, by a path of this node. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** Thrown when this node does not answer, or its answer breaks off. */
export class NodeUnreachable extends DomainError {
	constructor(options?: ErrorOptions) {
		super('node-unreachable', 'unavailable', {}, options);
	}
}

const categories: Readonly<Record<number, DomainError['category']>> = {
	400: 'invalid',
	401: 'unauthenticated',
	403: 'forbidden',
	404: 'missing',
	409: 'conflict',
	413: 'too-large',
	429: 'limited'
};

/**
 * What this node answers.
 * @throws {DomainError} with the code and data of the problem (RFC 9457) that it answers: compare `code`
 * @throws {NodeUnreachable}
 */
export async function request(fetch: Fetch, path: string, init: RequestInit = {}): Promise<Response> {
	const response = await fetch(path, init).catch((cause: unknown) => cutOff(cause, init.signal));
	if (response.ok) return response;
	const problem = (await response.json().catch(() => ({}))) as { code?: unknown };
	// A proxy in between that speaks for a node which is not there.
	if (typeof problem.code !== 'string') throw new NodeUnreachable();
	const { code, ...data } = problem as { code: string } & DomainError['data'];
	throw new DomainError(code, categories[response.status] ?? 'unavailable', data);
}

/** The JSON of an answer. @throws {NodeUnreachable} where it breaks off */
export async function readJson<Answer>(response: Response, signal?: AbortSignal | null): Promise<Answer> {
	try {
		return (await response.json()) as Answer;
	} catch (cause) {
		return cutOff(cause, signal);
	}
}

/** @throws {NodeUnreachable} or the reason of whoever stopped it; out of patience is as good as cut off */
export function cutOff(cause: unknown, signal?: AbortSignal | null): never {
	const reason: unknown = signal?.reason;
	if (signal?.aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError')) throw reason;
	throw new NodeUnreachable({ cause });
}

/** Codes of failures that pass by themselves; whatever else is refused stays refused. */
const passing: readonly string[] = [
	...['node-unreachable', 'too-many-requests', 'store-unavailable'],
	// Another connection got further: asked again, the node says how far.
	...['wrong-offset', 'not-receiving']
];

/** Whether the same request may well succeed in a while. */
export function passes(error: unknown): error is DomainError {
	return error instanceof DomainError && passing.includes(error.code);
}

/** How long to wait before the next try, in milliseconds: a second, then twice as long each time, up to half a minute. */
export function waitAfter(error: unknown, failures: number): number {
	const retryAfter = error instanceof DomainError ? error.data.retryAfter : null;
	if (typeof retryAfter === 'number') return retryAfter * 1000;
	// Not all at once when a node comes back.
	return Math.min(30_000, 1000 * 2 ** Math.min(failures, 10)) * (0.75 + Math.random() / 2);
}

/** Waits; ends at once where `signal` is aborted. @throws the signal's reason */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const timer = setTimeout(() => {
			signal.removeEventListener('abort', stop);
			resolve();
		}, milliseconds);
		const stop = () => {
			clearTimeout(timer);
			reject(signal.reason as Error);
		};
		signal.addEventListener('abort', stop, { once: true });
	});
}
