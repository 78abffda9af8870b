// A file from the evidence store, decrypted here: what the store hands out is believed once its digest was checked.
import { DomainError } from '#lib/domain/errors.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import { FileRefused } from '#lib/crypto/errors.ts';
import { sealedSize } from '#lib/crypto/file.ts';
import { promiseOf, type ManifestFile } from '#lib/crypto/manifest.ts';
import { openedPieces, type RunTask } from '#lib/client/file-stream.ts';
import { cutOff, NodeUnreachable, passes, request, sleep, waitAfter, type Fetch } from '#lib/client/node-request.ts';

export type DownloadParts = {
	fetch: Fetch;
	run: RunTask;
	signal?: AbortSignal;
	/** Bytes of ciphertext that are here. */
	onprogress?: (received: number) => void;
};

/** Thrown when a file is larger than what this browser can take, in bytes. */
class TooLargeToOpen extends DomainError {
	constructor(data: { size: number; limit: number }) {
		super('too-large-to-open', 'invalid', data);
	}
}

/** Tries in a row that bring nothing, before the download is given up. */
const mostFailures = 8;
/** Milliseconds without a byte after which a connection is taken for a cut one. */
const patience = 30_000;

/**
 * A file's plaintext, piece by piece; after a cut it goes on where it was. It is the promised file only once the
 * generator ended without an error: give up what came before otherwise.
 * @throws {FileRefused} where it is not the file that the manifest names
 * @throws {DomainError} with the code of what the node refuses; {NodeUnreachable} after many tries
 */
async function* openDownload(file: ManifestFile, parts: DownloadParts): AsyncGenerator<Bytes, void> {
	if (file.sealedSize !== sealedSize(file.size)) throw new FileRefused({ reason: 'size', chunk: 0 });
	yield* openedPieces(ciphertextOf(file, parts), promiseOf(file), parts.run);
}

/** The same into a stream, which is closed once all of it was checked, and else aborted. */
export async function downloadTo(file: ManifestFile, sink: WritableStream<Bytes>, parts: DownloadParts): Promise<void> {
	const writer = sink.getWriter();
	try {
		for await (const bytes of openDownload(file, parts)) await writer.write(bytes);
		await writer.close();
	} catch (error) {
		await writer.abort(error).catch(() => undefined);
		throw error;
	}
}

/** The same in memory, as a blob of `type`. @throws {TooLargeToOpen} before anything is asked for */
export async function downloadBlob(
	file: ManifestFile,
	parts: DownloadParts,
	{ limit, type }: { limit: number; type: string }
): Promise<Blob> {
	if (file.size > limit) throw new TooLargeToOpen({ size: file.size, limit });
	const pieces: Bytes[] = [];
	for await (const bytes of openDownload(file, parts)) pieces.push(bytes);
	return new Blob(pieces, { type });
}

/** What the store hands out of a file, over as many connections as it takes. */
async function* ciphertextOf(file: ManifestFile, parts: DownloadParts): AsyncGenerator<Bytes, void> {
	const signal = parts.signal ?? new AbortController().signal;
	let at = 0;
	for (let failures = 0; at < file.sealedSize;) {
		try {
			for await (const bytes of bytesFrom(file, at, parts.fetch, signal)) {
				failures = 0;
				at += bytes.length;
				parts.onprogress?.(at);
				yield bytes;
			}
			if (at < file.sealedSize) throw new NodeUnreachable();
		} catch (error) {
			if (!passes(error) || ++failures > mostFailures) throw error;
			await sleep(waitAfter(error, failures - 1), signal);
		}
	}
}

/** One answer, from byte `at` on. */
async function* bytesFrom(file: ManifestFile, at: number, fetch: Fetch, signal: AbortSignal): AsyncGenerator<Bytes> {
	const stalled = new AbortController();
	const stop = () => stalled.abort(new DOMException('No byte for long', 'TimeoutError'));
	// Only while it is waited for: whoever takes the bytes may be slow.
	const waitedFor = <Value>(value: Promise<Value>): Promise<Value> => {
		const timer = setTimeout(stop, patience);
		return value.finally(() => clearTimeout(timer));
	};
	const either = AbortSignal.any([signal, stalled.signal]);
	const headers = at === 0 ? undefined : { range: `bytes=${at}-`, 'if-range': `"${file.cid}"` };
	const path = `/api/v1/files/${encodeURIComponent(file.cid)}`;
	const response = await waitedFor(request(fetch, path, { headers, signal: either }));
	if (response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${at}-`))
		throw new FileRefused({ reason: 'chunk', chunk: 0 });
	// An answer of the whole file begins with what is here already.
	let skip = response.status === 206 ? 0 : at;
	const reader = response.body?.getReader();
	try {
		for (;;) {
			const read = reader && (await waitedFor(reader.read()).catch((cause: unknown) => cutOff(cause, either)));
			if (read === undefined || read.done) return;
			const bytes = read.value.subarray(skip);
			skip -= read.value.length - bytes.length;
			if (bytes.length > 0) yield bytes;
		}
	} finally {
		// Not waited for: a connection that hangs would hang here too.
		reader?.cancel().catch(() => undefined);
	}
}
