// The page's side of the crypto worker: started when first needed, one for the page. Each call is a task of
// `#lib/crypto/tasks.ts`; files go through in pieces: `file-stream.ts`.
import type { TaskInput, TaskName, TaskOutput } from '#lib/crypto/tasks.ts';
import { toError, unpackOutput, type WorkerAnswer, type WorkerRequest } from '#lib/crypto/worker-wire.ts';

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
