// What travels between the page and the worker. Classes do not survive it: an error goes as its code and data.
import { DomainError } from '#lib/domain/errors.ts';
import type { MessageResult } from '#lib/crypto/message.ts';
import type { TaskInput, TaskName, TaskOutput } from '#lib/crypto/tasks.ts';

/** Asks for a task. */
export type WorkerRequest<Name extends TaskName = TaskName> = { id: number; task: Name; input: TaskInput<Name> };

/** A failure as plain data; `defect` for what is none of ours. */
type PlainError = { code: string; category: DomainError['category']; data: DomainError['data'] } | { defect: string };

export type WorkerAnswer = { id: number } & ({ output: unknown } | { error: PlainError });

export function toPlain(error: unknown): PlainError {
	if (error instanceof DomainError) return { code: error.code, category: error.category, data: error.data };
	return { defect: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

/** The error again: a DomainError with its code and data, of the general class; else an Error. */
export function toError(plain: PlainError): Error {
	if ('defect' in plain) return new Error(plain.defect);
	return new DomainError(plain.code, plain.category, plain.data);
}

/** Readies an output for the way: the errors among the results of `openMessages` become plain. */
export function packOutput(output: TaskOutput<TaskName>): unknown {
	if (!isResults(output)) return output;
	return output.map((one) => (one.message === null ? { ...one, error: toPlain(one.error) } : one));
}

/** Undoes {@link packOutput}. */
export function unpackOutput(output: unknown): unknown {
	if (!isResults(output)) return output;
	return output.map((one) =>
		one.message === null ? { ...one, error: toError(one.error as unknown as PlainError) } : one
	);
}

function isResults(output: unknown): output is MessageResult[] {
	return Array.isArray(output) && output.every((one) => typeof one === 'object' && one !== null && 'message' in one);
}

/** The buffers of an output or an input that are given away instead of copied: the pieces of files. */
export function buffersOf(value: unknown): ArrayBuffer[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.values(value)
		.filter((field): field is Uint8Array<ArrayBuffer> => field instanceof Uint8Array)
		.map(({ buffer }) => buffer)
		.filter((buffer) => buffer instanceof ArrayBuffer && buffer.byteLength > 0);
}
