// Files through the crypto worker, a piece at a time: neither a file nor its ciphertext is ever in memory as a whole.
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex } from '#lib/domain/order.ts';
import { concat, type Bytes } from '#lib/crypto/bytes.ts';
import { chunkSize, sealedSoFar, type FileKey, type FilePromise, type SealingState } from '#lib/crypto/file.ts';
import type { TaskInput, TaskName, TaskOutput } from '#lib/crypto/tasks.ts';
import { buffersOf } from '#lib/crypto/worker-wire.ts';

/** Thrown when the browser cannot read a file any more: it was changed, moved or removed since it was chosen. */
class FileNotRead extends DomainError {
	constructor(options?: ErrorOptions) {
		super('file-not-read', 'unavailable', {}, options);
	}
}

/** Runs a task of `#lib/crypto/tasks.ts`: `inWorker` in a page, the tasks themselves where there is no worker. */
export type RunTask = <Name extends TaskName>(
	task: Name,
	input: TaskInput<Name>,
	transfer?: Transferable[]
) => Promise<TaskOutput<Name>>;

/** How much of a file goes to the worker at once, in bytes: each way there and back costs two changes of thread. */
const pieceSize = 1 << 20;

/** Ciphertext from byte `at` on. `state` is after it; `digest` is the plaintext's with the last piece, else null. */
export type SealedPiece = { at: number; bytes: Bytes; state: SealingState; digest: Hex | null };

/**
 * A file as ciphertext, from its beginning or after a state. Whoever stops before the end returns the generator, which
 * then forgets the key.
 * @param pieces.size plaintext of the next piece, in bytes: a multiple of 64 KiB
 * @throws {FileNotRead} {FileRefused} `size`
 */
export async function* sealedPieces(
	file: Blob,
	fileKey: FileKey,
	run: RunTask,
	{ from, size = () => pieceSize }: { from?: SealingState; size?: () => number } = {}
): AsyncGenerator<SealedPiece, void> {
	const stream = await run('beginSealing', { fileKey, size: file.size, ...(from && { from }) });
	let at = from === undefined ? 0 : sealedSoFar(from);
	try {
		for (let read = Math.min(file.size, (from?.chunks ?? 0) * chunkSize); read < file.size;) {
			const piece = await bytesOf(file.slice(read, read + size()));
			read += piece.length;
			const input = { stream, piece };
			const { bytes, state } = await run('sealPiece', input, buffersOf(input));
			if (bytes.length > 0) yield { at, bytes, state, digest: null };
			at += bytes.length;
		}
		const { bytes, state, digest } = await run('endSealing', { stream });
		yield { at, bytes, state, digest };
	} finally {
		await run('dropStream', { stream }).catch(() => undefined); // with the worker, its streams are gone
	}
}

/**
 * A file's plaintext. It is the promised file only once the generator ended without an error: what came before is to be
 * given up otherwise.
 * @throws {FileRefused} and what reading the ciphertext throws
 */
export async function* openedPieces(
	ciphertext: AsyncIterable<Bytes>,
	promise: FilePromise,
	run: RunTask
): AsyncGenerator<Bytes, void> {
	const stream = await run('beginOpening', { promise });
	try {
		for await (const piece of gathered(ciphertext)) {
			const input = { stream, piece };
			const { bytes } = await run('openPiece', input, buffersOf(input));
			if (bytes.length > 0) yield bytes;
		}
		await run('endOpening', { stream });
	} finally {
		await run('dropStream', { stream }).catch(() => undefined);
	}
}

/** The same bytes in pieces of about a mebibyte. */
async function* gathered(source: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
	let waiting: Bytes[] = [];
	let length = 0;
	for await (const bytes of source) {
		waiting.push(bytes);
		length += bytes.length;
		if (length < pieceSize) continue;
		yield concat(...waiting);
		[waiting, length] = [[], 0];
	}
	if (length > 0) yield concat(...waiting);
}

/** The first `length` bytes of a file, in pieces. @throws {FileNotRead} */
export async function* beginningOf(file: Blob, length: number): AsyncGenerator<Bytes> {
	for (let at = 0; at < length; at += pieceSize) yield bytesOf(file.slice(at, Math.min(length, at + pieceSize)));
}

async function bytesOf(part: Blob): Promise<Bytes> {
	const buffer = await part.arrayBuffer().catch((cause: unknown) => {
		throw new FileNotRead({ cause });
	});
	// Shorter than it says it is: going on for the rest would never end.
	if (buffer.byteLength === 0 || buffer.byteLength !== part.size) throw new FileNotRead();
	return new Uint8Array(buffer);
}
