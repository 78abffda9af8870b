// Worker processes, each with one task at a time.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Task, Verdict } from './task.ts';

/** The compiler's memory only grows. */
const tasksPerProcess = 200;
/** Far more than the slowest takes. One that is not done by then loops, and would have failed. */
const limit = 300_000;

/** Aborted: the tests took far too long or all memory, which they do not without the mutant. */
export type Judgement = Verdict | { kind: 'aborted' };

/** The process ended in the middle of a task. */
export class WorkerEnded extends Error {
	override name = 'WorkerEnded';
}

export class Worker {
	readonly #base: string;
	#child: ChildProcess | undefined;
	#tasks = 0;

	/** @param base the file with what the workers share */
	constructor(base: string) {
		this.#base = base;
	}

	/** @throws {Error} where the process ended by itself */
	async judge(task: Task): Promise<Judgement> {
		if (this.#tasks++ >= tasksPerProcess) this.close();
		const child = this.#child ?? (await this.#start());
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.close();
				settle(() => resolve({ kind: 'aborted' }));
			}, limit);
			const settle = (done: () => void) => {
				clearTimeout(timer);
				child.off('message', onMessage).off('exit', onExit);
				done();
			};
			const onMessage = (verdict: unknown) => settle(() => resolve(verdict as Verdict));
			const onExit = (code: number | null, signal: string | null) => {
				this.close();
				settle(() => reject(new WorkerEnded(`a worker ended by ${signal ?? `code ${code}`}`)));
			};
			child.on('message', onMessage).on('exit', onExit);
			child.send(task);
		});
	}

	close(): void {
		this.#child?.kill('SIGKILL');
		this.#child = undefined;
		this.#tasks = 0;
	}

	async #start(): Promise<ChildProcess> {
		const child = fork(new URL('worker.ts', import.meta.url), [this.#base], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc']
		});
		await new Promise((resolve, reject) => {
			child.once('message', resolve);
			child.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
		});
		this.#child = child;
		return child;
	}
}
