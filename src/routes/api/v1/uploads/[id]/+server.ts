import { InvalidInput } from '#lib/domain/errors.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { appendToUpload, cancelUpload, getUpload } from '#lib/server/services/files.ts';
import type { RequestHandler } from './$types';

/** `GET` → the upload: `received` is where it goes on. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => getUpload(locals.context, requireActor(locals), params));

/**
 * `PATCH` with `Upload-Offset` and a body of `application/offset+octet-stream` adds bytes → the upload, with its CID once
 * all are here. Any number of requests, each of any length; after a cut, `GET` says where to go on.
 */
export const PATCH: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const type = request.headers.get('content-type');
		if (type !== 'application/offset+octet-stream') throw new InvalidInput({ issues: ['content-type: type'] });
		const offset = request.headers.get('upload-offset') ?? '';
		if (!/^\d{1,15}$/.test(offset)) throw new InvalidInput({ issues: ['upload-offset: number'] });
		const { body } = request;
		const input = { id: params.id, offset: Number(offset) };
		if (body === null) return appendToUpload(locals.context, actor, input, none());
		try {
			// Not cancelled where it is refused: that would cut the connection, and its client would never learn why.
			const source = { [Symbol.asyncIterator]: () => body.values({ preventCancel: true }) };
			return await appendToUpload(locals.context, actor, input, source);
		} catch (refusal) {
			if (!body.locked) await passOver(body);
			throw refusal;
		}
	});

/** `DELETE` gives an upload up, or a file that nothing refers to yet. */
export const DELETE: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => cancelUpload(locals.context, requireActor(locals), params));

async function* none(): AsyncGenerator<Uint8Array> {}

/** Most bytes that are read for nothing, so that whoever sends them gets to read an answer. */
const passedOver = 32 * 1024 * 1024;

async function passOver(body: ReadableStream<Uint8Array>): Promise<void> {
	let passed = 0;
	try {
		for await (const bytes of body) {
			passed += bytes.byteLength;
			if (passed > passedOver) return;
		}
	} catch {
		// The connection is gone, and with it whoever would read the answer.
	}
}
