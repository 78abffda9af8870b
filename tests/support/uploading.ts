import type { DomainError } from '#lib/domain/errors.ts';
import { createTasks } from '#lib/crypto/tasks.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { RunTask } from '#lib/client/file-stream.ts';
import type { Fetch } from '#lib/client/node-request.ts';
import {
	startUpload,
	type Upload,
	type UploadMemory,
	type UploadRecord,
	type UploadSource,
	type UploadState,
	type UploadTarget
} from '#lib/client/upload.ts';

/** The tasks of the crypto worker in this thread. */
export function tasksHere(): RunTask {
	const tasks = createTasks() as unknown as Record<string, (input: unknown) => Promise<never>>;
	return (task, input) => tasks[task]?.(input) ?? Promise.reject(new Error(`There is no task ${task}`));
}

/** A browser's `fetch`, for whoever `authorization` is. */
export function fetchAt(url: () => string, authorization: string): Fetch {
	return (path, init) =>
		fetch(`${url()}${path}`, { ...init, headers: { ...(init?.headers as Record<string, string>), authorization } });
}

/** What a browser keeps, for as long as the test runs. */
export function memoryOf(): UploadMemory & { records: Map<string, UploadRecord> } {
	const records = new Map<string, UploadRecord>();
	return {
		records,
		recall: (slot) => Promise.resolve(records.get(slot) ?? null),
		keep: (slot, record) => Promise.resolve(void records.set(slot, structuredClone(record))),
		forget: (slot) => Promise.resolve(void records.delete(slot))
	};
}

export type Sending = Upload & {
	/** Resolves when a state is what is waited for, with it. */
	until: (matches: (state: UploadState) => boolean) => Promise<UploadState>;
	/** The manifest entry. @throws where it failed */
	done: () => Promise<ManifestFile>;
	/** The failure. @throws where it succeeded */
	failure: () => Promise<Pick<DomainError, 'code' | 'data'>>;
	states: UploadState[];
};

/** Starts an upload whose states can be waited for. */
export function sending(
	source: Partial<UploadSource> & { file: Blob },
	target: UploadTarget,
	parts: { fetch: Fetch; run?: RunTask; memory?: UploadMemory }
): Sending {
	const states: UploadState[] = [];
	const waiting = new Set<() => void>();
	const upload = startUpload({ name: 'file.bin', type: '', thumbnail: null, ...source }, target, {
		...{ run: tasksHere(), memory: memoryOf(), ...parts },
		onchange(state) {
			states.push(state);
			for (const look of [...waiting]) look();
		}
	});
	const until = (matches: (state: UploadState) => boolean) =>
		new Promise<UploadState>((resolve) => {
			const look = () => {
				const state = states.at(-1);
				if (state === undefined || !matches(state)) return;
				waiting.delete(look);
				resolve(state);
			};
			waiting.add(look);
			look();
		});
	const ended = () => until(({ status }) => status === 'done' || status === 'failed' || status === 'cancelled');
	return Object.assign(upload, {
		states,
		until,
		async done() {
			const state = await ended();
			if (state.status !== 'done') throw new Error(`The upload ended: ${JSON.stringify(state)}`);
			return state.file;
		},
		async failure() {
			const state = await ended();
			if (state.status !== 'failed') throw new Error(`The upload did not fail: ${state.status}`);
			return { code: state.code, data: state.data };
		}
	});
}
