// The worker's entry: reads a request, runs the task, answers. Everything else is in tasks.ts.
import { createTasks, type TaskInput, type TaskName, type TaskOutput } from '#lib/crypto/tasks.ts';
import { buffersOf, packOutput, toPlain, type WorkerAnswer, type WorkerRequest } from '#lib/crypto/worker-wire.ts';

const tasks = createTasks();

async function answer({ id, task, input }: WorkerRequest): Promise<void> {
	const run = tasks[task] as (input: TaskInput<TaskName>) => Promise<TaskOutput<TaskName>>;
	try {
		const output = await run(input);
		// Only pieces of files are given away; whatever else holds bytes may be views of what is kept here.
		const transfer = task.endsWith('Piece') || task === 'endSealing' ? buffersOf(output) : [];
		self.postMessage({ id, output: packOutput(output) } satisfies WorkerAnswer, { transfer });
	} catch (error) {
		self.postMessage({ id, error: toPlain(error) } satisfies WorkerAnswer);
	}
}

self.addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => void answer(data));
