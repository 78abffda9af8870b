import { RangeNotSatisfiable, readRange } from '#lib/domain/file.ts';
import { problem } from '#lib/server/problem.ts';
import type { ReadableFile } from '#lib/server/services/files.ts';

/**
 * A file as an answer: all of it, the part that `Range` asks for, or that it did not change. Whatever its type, a browser
 * takes it for nothing else, and runs nothing of it.
 * @param given its type, and who may keep it
 */
export async function answerFile(
	request: Request,
	requestId: string,
	{ cid, size, open }: ReadableFile,
	given: Record<string, string>
): Promise<Response> {
	const etag = `"${cid}"`;
	const headers: Record<string, string> = {
		etag,
		'accept-ranges': 'bytes',
		'content-security-policy': "sandbox; default-src 'none'",
		'x-content-type-options': 'nosniff',
		...given
	};
	const tags = request.headers
		.get('if-none-match')
		?.split(',')
		.map((tag) => tag.trim().replace(/^W\//, ''));
	if (tags?.some((tag) => tag === etag || tag === '*')) return new Response(null, { status: 304, headers });

	try {
		const condition = request.headers.get('if-range');
		const wanted = condition === null || condition === etag ? readRange(request.headers.get('range'), size) : null;
		const { offset, length } = wanted ?? { offset: 0, length: size };
		headers['content-length'] = String(length);
		if (wanted !== null) headers['content-range'] = `bytes ${offset}-${offset + length - 1}/${size}`;
		// The first bytes are waited for: a store that is down is a refusal, not an answer that breaks off.
		const body = await begun(open({ offset, length }, request.signal));
		return new Response(body, { status: wanted === null ? 200 : 206, headers });
	} catch (error) {
		if (!(error instanceof RangeNotSatisfiable)) throw error;
		const refusal = problem(error, requestId);
		refusal.headers.set('content-range', `bytes */${size}`);
		return new Response(refusal.body, { status: 416, headers: refusal.headers });
	}
}

/** A stream of what a source gives, which asks it for no more than its reader takes. Its first bytes are there. */
async function begun(source: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
	const iterator = source[Symbol.asyncIterator]();
	let first: IteratorResult<Uint8Array> | undefined = await iterator.next();
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = first ?? (await iterator.next());
				first = undefined;
				if (done) controller.close();
				else controller.enqueue(value);
			},
			async cancel() {
				await iterator.return?.();
			}
		},
		{ highWaterMark: 0 }
	);
}
