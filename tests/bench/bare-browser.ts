/**
 * Chromium with a profile on the disk, driven by the few commands of its protocol that are needed here. What a test drives
 * it with records the network besides, in the memory that is to be measured.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { proc, processesBelow, residentMemory } from './processes.ts';

type Answer = { id: number; error?: { message: string }; result: Record<string, unknown> };

export type BareBrowser = {
	/** Runs an expression in the page, as if a person had pressed something. */
	run(expression: string): Promise<unknown>;
	/** Waits until an expression is true in the page. */
	until(expression: string): Promise<void>;
	/** Gives a file to the input that an expression names. */
	choose(input: string, path: string): Promise<void>;
	type(words: string): Promise<void>;
	/** In MiB: of the processes that pages live in, with their workers, and of all. */
	memory(): { pages: number; all: number };
	close(): Promise<void>;
};

/** Opens one page at an address. @param options.downloads the folder where it puts what it saves */
export async function openBareBrowser(
	executable: string,
	options: { profile: string; url: string; downloads: string; patience: number }
): Promise<BareBrowser> {
	const { profile, url, downloads, patience } = options;
	const child = spawn(
		executable,
		[
			...['--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
			...['--password-store=basic', '--use-mock-keychain', '--remote-debugging-port=0', `--user-data-dir=${profile}`],
			...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
			'--no-startup-window'
		],
		{ stdio: ['ignore', 'ignore', 'pipe'] }
	);
	const exited = once(child, 'exit');
	process.once('exit', () => child.kill());
	const { pid = 0 } = child;
	const port = await new Promise<string>((resolve, reject) => {
		createInterface({ input: child.stderr }).on('line', (line) => {
			const found = /^DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(line)?.[1];
			if (found !== undefined) resolve(found);
		});
		void exited.then(([code]) => reject(new Error(`The browser ended with ${code}`)));
	});
	const created = await fetch(`http://127.0.0.1:${port}/json/new?about:blank`, { method: 'PUT' });
	const page = (await created.json()) as { webSocketDebuggerUrl: string };
	const socket = new WebSocket(page.webSocketDebuggerUrl);
	await once(socket, 'open');

	const waiting = new Map<number, (answer: Answer) => void>();
	socket.addEventListener('message', ({ data }) => {
		const answer = JSON.parse(String(data)) as Answer;
		waiting.get(answer.id)?.(answer);
		waiting.delete(answer.id);
	});
	socket.addEventListener('close', () => {
		for (const [id, answer] of waiting) answer({ id, error: { message: 'the browser is gone' }, result: {} });
	});
	let calls = 0;
	const send = async (method: string, params: object): Promise<Record<string, unknown>> => {
		const id = ++calls;
		const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
		socket.send(JSON.stringify({ id, method, params }));
		const { error, result } = await answered;
		if (error) throw new Error(`${method}: ${error.message}`);
		return result;
	};
	const evaluate = async (expression: string, returnByValue: boolean) => {
		const params = { expression, returnByValue, awaitPromise: true, userGesture: true };
		const { result, exceptionDetails } = await send('Runtime.evaluate', params);
		if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
		return result as { value: unknown; objectId?: string };
	};
	await send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
	await send('Page.navigate', { url });

	const run = async (expression: string) => (await evaluate(expression, true)).value;
	return {
		run,
		until: async (expression) => {
			for (const end = performance.now() + patience; !(await run(`Boolean(${expression})`)); await sleep(100)) {
				if (performance.now() > end)
					throw new Error(`Never true: ${expression}\n${String(await run('document.body.innerText'))}`);
			}
		},
		choose: async (input, path) => {
			const { objectId } = await evaluate(input, false);
			await send('DOM.setFileInputFiles', { files: [path], objectId });
		},
		type: async (text) => void (await send('Input.insertText', { text })),
		memory: () => {
			const all = [pid, ...processesBelow(pid)];
			// A renderer writes its arguments anew, with spaces between them.
			const pages = all.filter((one) => proc(one, 'cmdline').includes('--type=renderer'));
			return { pages: residentMemory(pages), all: residentMemory(all) };
		},
		close: async () => {
			socket.close();
			child.kill('SIGTERM');
			await exited;
		}
	};
}
