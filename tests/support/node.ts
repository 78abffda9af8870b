import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A whole Holdfast node, running as its own processes as `npm start` runs it. */
export type RunningNode = {
	/** The one address it printed, `http://localhost:PORT`. */
	url: string;
	port: number;
	dataDir: string;
	process: ChildProcess;
	/** Everything it printed so far. */
	output: () => string;
	/** Ctrl-C: resolves with its exit code. */
	stop: () => Promise<number | null>;
	/** `kill -9` of the node alone; what it started has to end by itself. */
	kill: () => Promise<void>;
	/** Stops it and removes its data folder. */
	remove: () => Promise<void>;
};

export type NodeOptions = { env?: Record<string, string>; dataDir?: string; startTimeout?: number };

/** Starts a node on a port that the system picks, in a data folder of its own unless one is given. */
export async function startNode({ env = {}, dataDir, startTimeout = 60_000 }: NodeOptions = {}): Promise<RunningNode> {
	const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'holdfast-node-')));
	const child = spawn(process.execPath, ['src/server.ts'], {
		env: {
			...process.env,
			...{ NODE_ENV: 'test', LOG_LEVEL: 'warn', PORT: '0', DEMO_MARKET: 'off', DEMO_KEEPER: 'off' },
			HOLDFAST_DATA: folder,
			...env
		},
		stdio: ['ignore', 'pipe', 'pipe']
	});
	let printed = '';
	const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
	const address = new Promise<string>((resolve) => {
		for (const stream of [child.stdout, child.stderr]) {
			stream.on('data', (chunk: Buffer) => {
				printed += chunk;
				const found = /http:\/\/localhost:\d+/.exec(printed);
				if (found) resolve(found[0]);
			});
		}
	});
	const patience = AbortSignal.timeout(startTimeout);
	const killed = () => child.kill('SIGKILL');
	patience.addEventListener('abort', killed);
	const url = await Promise.race([
		address,
		exited.then((code) => {
			const why = patience.aborted ? `did not serve within ${startTimeout} ms` : `ended with ${code} before it served`;
			throw new Error(`The node ${why}:\n${printed}`);
		})
	]);
	patience.removeEventListener('abort', killed);

	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
		return exited;
	};
	return {
		url,
		port: Number(new URL(url).port),
		dataDir: folder,
		process: child,
		output: () => printed,
		stop,
		kill: async () => {
			child.kill('SIGKILL');
			await exited;
		},
		remove: async () => {
			await stop();
			await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
		}
	};
}
