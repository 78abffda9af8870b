// The page's side of the crypto worker: started when first needed, one for the page. Each call is a task of
// `#lib/crypto/tasks.ts`; files go through as streams.
import type { Hex } from '#lib/domain/order.ts';
import { concat, type Bytes } from '#lib/crypto/bytes.ts';
import type { FileKey, FilePromise, SealingState } from '#lib/crypto/file.ts';
import type { TaskInput, TaskName, TaskOutput } from '#lib/crypto/tasks.ts';
import { buffersOf, toError, unpackOutput, type WorkerAnswer, type WorkerRequest } from '#lib/crypto/worker-wire.ts';

type Waiting = { resolve: (output: unknown) => void; reject: (error: Error) => void };

let running: { worker: Worker; waiting: Map<number, Waiting> } | undefined;
let calls = 0;

function start(): { worker: Worker; waiting: Map<number, Waiting> } {
	const worker = new Worker(new URL('../crypto/worker.ts', import.meta.url), { type: 'module' });
	const waiting = new Map<number, Waiting>();
	worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => {
		const call = waiting.get(data.id);
		waiting.delete(data.id);
		if ('error' in data) call?.reject(toError(data.error));
		else call?.resolve(unpackOutput(data.output));
	});
	worker.addEventListener('error', ({ message }) => {
		// It does not run any more, or never did: the next call starts another.
		running = undefined;
		for (const { reject } of waiting.values()) reject(new Error(`The crypto worker failed: ${message}`));
	});
	return { worker, waiting };
}

/**
 * Runs a task in the worker.
 * @throws {DomainError} with the code and data of the task's own errors, not of their classes: compare `code`
 */
export function inWorker<Name extends TaskName>(
	task: Name,
	input: TaskInput<Name>,
	transfer: Transferable[] = []
): Promise<TaskOutput<Name>> {
	const { worker, waiting } = (running ??= start());
	const id = ++calls;
	return new Promise<TaskOutput<Name>>((resolve, reject) => {
		waiting.set(id, { resolve: resolve as (output: unknown) => void, reject });
		worker.postMessage({ id, task, input } satisfies WorkerRequest<Name>, transfer);
	});
}

/** Ends the worker and forgets what it held: on signing out. */
export function endWorker(): void {
	running?.worker.terminate();
	for (const { reject } of running?.waiting.values() ?? []) reject(new Error('The crypto worker was ended'));
	running = undefined;
}

/** How much of a file goes to the worker at once, in bytes: each way there and back costs two changes of thread. */
const pieceSize = 1 << 20;

/** A stream that gathers what it is given to pieces of about 1 MiB, does something with each, and ends. */
function inPieces(
	work: (piece: Bytes) => Promise<Bytes>,
	end: () => Promise<Bytes>
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
	let waiting: Bytes[] = [];
	let length = 0;
	type Controller = TransformStreamDefaultController<Uint8Array<ArrayBuffer>>;
	const send = async (controller: Controller) => {
		const piece = concat(...waiting);
		[waiting, length] = [[], 0];
		const done = await work(piece);
		if (done.length > 0) controller.enqueue(done);
	};
	return new TransformStream({
		async transform(bytes, controller) {
			waiting.push(bytes);
			length += bytes.length;
			if (length >= pieceSize) await send(controller);
		},
		async flush(controller) {
			if (length > 0) await send(controller);
			const rest = await end();
			if (rest.length > 0) controller.enqueue(rest);
		}
	});
}

/** A file on its way into ciphertext. */
type Sealing = {
	/** Takes plaintext, gives ciphertext; as fast as its reader takes it. */
	stream: TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>;
	/** Of the plaintext, once all of it went through. */
	digest: Promise<Hex>;
	/** Where a later upload goes on: of the ciphertext that came out. */
	state(): SealingState | undefined;
};

/** Seals a file in the worker; see `fileSealer`. */
export function sealing(fileKey: FileKey, size: number, from?: SealingState): Sealing {
	const done = Promise.withResolvers<Hex>();
	done.promise.catch(() => undefined); // whoever reads the stream hears of it
	let state = from;
	const begun = inWorker('beginSealing', from === undefined ? { fileKey, size } : { fileKey, size, from });
	begun.catch(done.reject);
	const fail = (error: unknown) => {
		done.reject(error);
		void begun.then((stream) => inWorker('dropStream', { stream })).catch(() => undefined);
		throw error;
	};
	const stream = inPieces(
		async (piece) => {
			const input = { stream: await begun, piece };
			const sealed = await inWorker('sealPiece', input, buffersOf(input)).catch(fail);
			state = sealed.state;
			return sealed.bytes;
		},
		async () => {
			const sealed = await inWorker('endSealing', { stream: await begun }).catch(fail);
			state = sealed.state;
			done.resolve(sealed.digest);
			return sealed.bytes;
		}
	);
	return { stream, digest: done.promise, state: () => state };
}

/**
 * Opens a file in the worker; see `fileOpener`. What came out is the promised file only once the stream closed: on an
 * error give up what was written.
 */
export function opening(promise: FilePromise): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
	const begun = inWorker('beginOpening', { promise });
	begun.catch(() => undefined);
	return inPieces(
		async (piece) => {
			const input = { stream: await begun, piece };
			return (await inWorker('openPiece', input, buffersOf(input))).bytes;
		},
		async () => {
			await inWorker('endOpening', { stream: await begun });
			return new Uint8Array();
		}
	);
}
