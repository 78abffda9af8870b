import { DomainError } from '#lib/domain/errors.ts';

/** Thrown when a body is larger than its route takes, in bytes. */
export class BodyTooLarge extends DomainError {
	constructor(data: { limit: number }) {
		super('body-too-large', 'too-large', data);
	}
}

/** Thrown when a body does not say how long it is, where that is needed. */
export class LengthRequired extends DomainError {
	constructor() {
		super('length-required', 'invalid');
	}
}

/** Most bytes of anything but a file: forms and JSON are held in memory. */
const limit = 512 * 1024;

/** Files, which are taken as they come and counted by their route. */
const streamed = /^\/api\/v1\/uploads\/[^/]+$/;

/**
 * Refuses a body that is too large before anything of it is read. The server itself has no limit, because files have none
 * that is known to it; what a body says of its length holds, or HTTP cuts it off there.
 * @throws {BodyTooLarge} {LengthRequired}
 */
export function refuseLargeBody(request: Request, { pathname }: URL): void {
	if (request.body === null || (request.method === 'PATCH' && streamed.test(pathname))) return;
	const length = request.headers.get('content-length');
	if (length === null) throw new LengthRequired();
	if (!(Number(length) <= limit)) throw new BodyTooLarge({ limit });
}
