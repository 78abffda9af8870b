import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LaunchError } from '#lib/server/start-failure.ts';
import { ended, identify, runningProcess } from '#setup/processes.js';

/** A running anvil. */
export type Anvil = {
	port: number;
	/** Resolves when the process has ended, wanted or not. */
	ended: Promise<void>;
	stop(): Promise<void>;
};

export type AnvilOptions = {
	/** Where its process number and its last port are noted. */
	folder: string;
	chainId: number;
	/**
	 * When the chain began, in seconds. Said at every start: anvil makes a block 0 of its own before it loads a state, and
	 * the next state holds both, so they have to be one and the same.
	 */
	genesis: number;
	/** Where the chain goes on: a state that `anvil_dumpState` gave, unpacked. A new chain without. */
	stateFile?: string;
};

/**
 * The program itself: the package's own command is a script that starts it, and would be killed in its place.
 * @throws {LaunchError} where there is none for this system.
 */
function binary(): string {
	const system = process.platform;
	const name = `${system}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
	try {
		const { resolve } = createRequire(import.meta.url);
		return resolve(`@foundry-rs/anvil-${name}/bin/anvil${system === 'win32' ? '.exe' : ''}`);
	} catch {
		throw new LaunchError(`There is no development chain for ${name}: set CHAINS to chains that run elsewhere.`);
	}
}

const pidFile = (folder: string) => join(folder, 'anvil.pid');
const portFile = (folder: string) => join(folder, 'anvil.port');

/** Ends an anvil that outlived a supervisor that was killed: what its file names, if that still runs. */
async function endStale(folder: string): Promise<void> {
	const pid = await runningProcess(pidFile(folder));
	if (pid === undefined) return;
	process.kill(pid, 'SIGKILL');
	await ended(pidFile(folder), 5_000);
}

/** Starts anvil on a port; undefined where it ended before it listened. */
async function tryPort({ folder, chainId, genesis, stateFile }: AnvilOptions, port: number): Promise<Anvil | string> {
	const child = spawn(
		binary(),
		[
			...['--port', String(port), '--chain-id', String(chainId), '--hardfork', 'osaka', '--no-cors'],
			// `finalized` is two epochs behind the head: with epochs of one block, what is final is so in two blocks.
			...['--prune-history', '--slots-in-an-epoch', '1', '--accounts', '10'],
			...['--timestamp', String(genesis)],
			...(stateFile === undefined ? [] : ['--load-state', stateFile])
		],
		{ stdio: ['ignore', 'pipe', 'pipe'] }
	);
	let output = '';
	const listening = new Promise<number | undefined>((resolve, reject) => {
		const look = (chunk: Buffer) => {
			output = (output + chunk.toString()).slice(-8192);
			const found = /Listening on [\d.]+:(\d+)/.exec(output);
			if (found) resolve(Number(found[1]));
		};
		child.stdout.on('data', look);
		child.stderr.on('data', look);
		child.once('error', reject);
		child.once('exit', () => resolve(undefined));
	});
	const actual = await listening;
	if (actual === undefined || child.pid === undefined) return output.trim();

	// It prints every call: what is not read would fill the pipe and stop it.
	for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners('data').resume();
	await writeFile(pidFile(folder), (await identify(child.pid)) ?? '');
	const end = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
	return {
		port: actual,
		ended: end.then(() => {}),
		async stop() {
			child.kill('SIGKILL');
			await end;
			await rm(pidFile(folder), { force: true });
		}
	};
}

/**
 * Starts anvil on the port that it had in this folder before, so that wallets find it again, or on any free one.
 * @throws {Error} with what it printed, where it does not start.
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
	const { folder } = options;
	await endStale(folder);
	const before = Number(await readFile(portFile(folder), 'utf8').catch(() => '0'));
	let started = await tryPort(options, before);
	if (typeof started === 'string' && before !== 0) started = await tryPort(options, 0);
	if (typeof started === 'string') throw new Error(`The development chain did not start: ${started}`);
	await writeFile(portFile(folder), String(started.port));
	return started;
}
