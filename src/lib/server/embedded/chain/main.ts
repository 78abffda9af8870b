// A development chain as a process of its own. Options: options.ts. When the chain can be used, it prints one line of
// JSON, the chain's `ChainConfig`; where that fails it says why on its standard error and exits with 1. It ends when its
// standard input does, so that it never outlives who started it, and takes anvil with it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstDevelopmentChainId, knownChains, type ChainConfig } from '#lib/chain/chains.ts';
import { explainFailure, LaunchError } from '#lib/server/start-failure.ts';
import { ended, identify } from '#setup/processes.js';
import { startAnvil, type Anvil } from './anvil.ts';
import { createBeacon, readBeacon, serveRelay } from './beacon.ts';
import type { Deployment } from './deploy.ts';
import { writeWhole } from './files.ts';
import { anchorClock, keep, saveState } from './keeper.ts';
import { readArguments, type DevelopmentChainOptions } from './options.ts';
import { connect, type Rpc } from './rpc.ts';

async function readJson<Value>(file: string): Promise<Value | undefined> {
	const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return undefined;
		throw error;
	});
	return text === undefined ? undefined : (JSON.parse(text) as Value);
}

/** Makes this process the only one that looks after the folder. One that is still ending gets a moment for it. */
async function own(folder: string): Promise<() => Promise<void>> {
	const file = join(folder, 'supervisor.pid');
	if (!(await ended(file, 5_000)))
		throw new LaunchError(`Another node uses ${folder}: stop it, or set HOLDFAST_DATA to another folder.`);
	await writeFile(file, (await identify(process.pid)) ?? '');
	return () => rm(file, { force: true });
}

/** A chain that runs, but is looked after by nobody yet. */
type Opened = { anvil: Anvil; rpc: Rpc; deployment: Deployment };

const urlsOf = ({ port }: Anvil) => ({ rpcUrl: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}` });
const stateFileOf = (folder: string) => join(folder, 'state.json');
const deploymentFileOf = (folder: string) => join(folder, 'deployment.json');

/** Begins a chain: deploys the contracts, seats the demo arbitrators, and notes that this is done. */
async function begin({ folder, chainId, tokens }: DevelopmentChainOptions): Promise<Opened> {
	const { deploy, historySeconds, seatArbitrators } = await import('./deploy.ts');
	const genesis = Math.floor(Date.now() / 1000) - historySeconds;
	const beacon = await createBeacon(folder, genesis);
	const anvil = await startAnvil({ folder, chainId, genesis });
	const { rpcUrl, wsUrl } = urlsOf(anvil);
	const rpc = await connect(wsUrl);
	const deployment = await deploy(rpcUrl, { tokens, beacon });
	await seatArbitrators(rpcUrl, deployment, () => anchorClock(rpc));
	await saveState(rpc, stateFileOf(folder));
	await writeWhole(deploymentFileOf(folder), JSON.stringify(deployment));
	return { anvil, rpc, deployment };
}

/** Goes on with a chain where it stopped. */
async function resume({ folder, chainId }: DevelopmentChainOptions, deployment: Deployment): Promise<Opened> {
	const { genesis } = await readBeacon(folder);
	const anvil = await startAnvil({ folder, chainId, genesis, stateFile: stateFileOf(folder) });
	const rpc = await connect(urlsOf(anvil).wsUrl);
	await anchorClock(rpc);
	return { anvil, rpc, deployment };
}

async function run(options: DevelopmentChainOptions): Promise<{ chain: ChainConfig; stop: () => Promise<void> }> {
	const { folder, chainId, name, confirmations } = options;
	await mkdir(folder, { recursive: true });
	const disown = await own(folder);

	// A first start that was interrupted left no note, and begins again: nobody has used its chain.
	const done = await readJson<Deployment>(deploymentFileOf(folder));
	const { anvil, rpc, deployment } = done ? await resume(options, done) : await begin(options);
	const { rpcUrl, wsUrl } = urlsOf(anvil);
	const keeper = await keep({
		rpc,
		stateFile: stateFileOf(folder),
		// The `finalized` tag is two blocks behind the head.
		blocksUntilFinal: Math.max(2, confirmations),
		blockMilliseconds: 1000,
		onError: (error) => process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
	});

	const relay = await serveRelay(await readBeacon(folder), keeper.now);

	let stopping = false;
	anvil.ended.then(() => {
		if (!stopping) process.exit(1);
	}, fail);

	const known = knownChains.find((definition) => definition.chainId === firstDevelopmentChainId);
	if (!known) throw new Error('There is no definition of a development chain');
	const demo = { relayUrl: relay.url };
	return {
		chain: { ...known, chainId, name, confirmations, rpcUrls: [rpcUrl], wsUrl, ...deployment, demo },
		async stop() {
			stopping = true;
			relay.close();
			await keeper.stop();
			rpc.close();
			await anvil.stop();
			await disown();
		}
	};
}

function fail(error: unknown): void {
	process.stderr.write(`${explainFailure(error)}\n`, () => process.exit(1));
}

// The launcher alone decides when this process ends: a signal to the terminal's whole group must not come first.
process.on('SIGINT', () => {});
// When the launcher was killed nobody reads what is said here: that must not keep the chain from being saved.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
try {
	const { chain, stop } = await run(readArguments(process.argv.slice(2)));
	process.stdin.resume().once('end', () => void stop().finally(() => process.exit(0)));
	process.once('SIGTERM', () => void stop().finally(() => process.exit(0)));
	process.stdout.write(`${JSON.stringify(chain)}\n`);
} catch (error) {
	fail(error);
}
