import { DomainError, InvalidInput } from '#lib/domain/errors.ts';
import { BodyTooLarge } from '#lib/server/auth/body-limit.ts';

/** Thrown when a body is not declared as JSON. */
class NotJson extends DomainError {
	constructor() {
		super('not-json', 'invalid');
	}
}

/**
 * The JSON of a request's body, of unknown shape.
 * @param limit most bytes that are read
 * @throws {NotJson} {BodyTooLarge} {InvalidInput}
 */
export async function readJson(request: Request, limit = 64 * 1024): Promise<unknown> {
	const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
	if (type !== 'application/json') throw new NotJson();
	if (Number(request.headers.get('content-length') ?? 0) > limit) throw new BodyTooLarge({ limit });

	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of request.body ?? []) {
		size += chunk.byteLength;
		if (size > limit) throw new BodyTooLarge({ limit });
		chunks.push(chunk);
	}
	try {
		return JSON.parse(Buffer.concat(chunks).toString('utf8'));
	} catch {
		throw new InvalidInput({ issues: [': json'] });
	}
}
