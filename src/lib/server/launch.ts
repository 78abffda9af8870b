import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { firstDevelopmentChainId, type ChainConfig } from '#lib/chain/chains.ts';
import { developmentKeeper } from '#lib/chain/demo-actors.ts';
import { ConfigError, type Settings } from '#lib/server/config.ts';
import { requireSpace } from '#lib/server/disk.ts';
import { forgetLaunched, noteLaunched, type LaunchedEnv } from '#lib/server/launched.ts';
import { LaunchError } from '#lib/server/start-failure.ts';
import { toArguments, type DevelopmentChainOptions } from '#lib/server/embedded/chain/options.ts';

/** Where Node keeps the compiled code of the packages and of this source: beside them, so that it goes with them. */
export const codeCache = fileURLToPath(new URL('../../../node_modules/.cache/holdfast', import.meta.url));

/** What was launched, as the variables that say where it is. */
export type Launched = {
	env: LaunchedEnv;
	/** Rejects with a `LaunchError` when a part ends that nobody stopped. */
	broken: Promise<never>;
	/**
	 * Fills the market of a new node that runs development chains. Does nothing anywhere else, or a second time.
	 * @param url of the node, which has to answer by then
	 */
	fillMarket(url: string): Promise<void>;
	/** Ends all of it, and resolves when it has ended. */
	stop(): Promise<void>;
};

type Part<Ready> = { name: string; ready: Ready; broken: Promise<never>; stop(): Promise<void> };

/** How long a part may take to end by itself; it saves what it holds within far less. */
const stopMilliseconds = 10_000;

/**
 * Starts a part of the node as a process of its own. It prints one line of JSON when it is ready, or says on its
 * standard error in one sentence why it is not, and it ends when its standard input does: when this process ends in any
 * way.
 * Detached, so that an interrupt from the terminal reaches this process alone, which then stops its parts in order.
 */
async function start<Ready>(name: string, script: string, args: readonly string[]): Promise<Part<Ready>> {
	const path = fileURLToPath(new URL(`./embedded/${script}`, import.meta.url));
	const child = spawn(process.execPath, [path, ...args], {
		detached: true,
		windowsHide: true,
		env: { ...process.env, NODE_COMPILE_CACHE: codeCache },
		stdio: ['pipe', 'pipe', 'pipe']
	});
	let stopped = false;
	const end = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
	const broken = end.then(() => {
		if (stopped) return new Promise<never>(() => {});
		throw new LaunchError(`${name} has ended: start the node again.`);
	});
	broken.catch(() => {});
	// The pipe breaks when the part ends; `broken` tells.
	child.stdin.on('error', () => {});

	let said = '';
	child.stderr.on('data', (chunk: Buffer) => (said += chunk));
	const line = await new Promise<string | undefined>((resolve) => {
		createInterface({ input: child.stdout }).once('line', resolve);
		child.once('close', () => resolve(undefined)).once('error', () => resolve(undefined));
	});
	if (line === undefined) throw new LaunchError(said.trim() || `${name} did not start.`);
	child.stdout.resume();
	child.stderr.removeAllListeners('data').pipe(process.stderr, { end: false });

	return {
		name,
		ready: JSON.parse(line) as Ready,
		broken,
		async stop() {
			stopped = true;
			child.stdin.end();
			const timer = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
			await end;
			clearTimeout(timer);
		}
	};
}

/** The chains that `DEV_CHAINS` counts. They differ where an application could mix chains up. */
function developmentChains({ dataDir, devChains }: Settings): DevelopmentChainOptions[] {
	return Array.from({ length: devChains }, (_, index) => ({
		folder: join(dataDir, `chain-${firstDevelopmentChainId + index}`),
		chainId: firstDevelopmentChainId + index,
		name: index === 0 ? 'Development Chain' : `Development Chain ${index + 1}`,
		confirmations: 2 + 2 * index,
		tokens:
			index % 2 === 0
				? [
						{ symbol: 'USDT', decimals: 6, permit: true },
						{ symbol: 'DAI', decimals: 18, permit: true }
					]
				: [{ symbol: 'USDT', decimals: 18, permit: false }]
	}));
}

/**
 * Starts on this machine what the environment leaves unset: the database, the chains.
 * @throws {ConfigError} where production lacks its chains.
 * @throws {LaunchError} where a part does not start; the others have ended by then.
 */
export async function launch(settings: Settings): Promise<Launched> {
	const { mongodbUrl, chains, dataDir, production } = settings;
	if (chains === undefined && production)
		throw new ConfigError(['CHAINS is missing: set it, since NODE_ENV=production runs no development chain']);

	await mkdir(dataDir, { recursive: true });
	await requireSpace(dataDir);
	const starting = {
		database:
			mongodbUrl === undefined
				? [
						start<{ url: string }>('The embedded database', 'mongo/main.ts', [
							'--file',
							join(dataDir, 'database.sqlite')
						])
					]
				: [],
		chains:
			chains === undefined
				? developmentChains(settings).map((options) =>
						start<ChainConfig>(options.name, 'chain/main.ts', toArguments(options))
					)
				: []
	};
	const outcomes = await Promise.allSettled([...starting.database, ...starting.chains]);
	const parts = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
	const stop = async () => void (await Promise.all(parts.map((part) => part.stop())));

	const failure = outcomes.find((outcome) => outcome.status === 'rejected');
	if (failure) {
		await stop();
		throw failure.reason;
	}
	const [database] = await Promise.all(starting.database);
	const launchedChains = await Promise.all(starting.chains);
	const env: LaunchedEnv = {};
	if (database) env.MONGODB_URL = database.ready.url;
	if (launchedChains.length > 0) env.CHAINS = JSON.stringify(launchedChains.map(({ ready }) => ready));
	// Nobody would draw arbitrators on a development chain; its keeper's key is as public as the chain's others.
	if (launchedChains.length > 0 && settings.keeperKey === undefined && settings.demoKeeper)
		env.KEEPER_PRIVATE_KEY = developmentKeeper.privateKey;
	await noteLaunched(dataDir, env);
	return {
		env,
		broken: Promise.race([new Promise<never>(() => {}), ...parts.map(({ broken }) => broken)]),
		async fillMarket(url) {
			if (launchedChains.length === 0 || !settings.demoMarket) return;
			const { seedMarket } = await import('#lib/server/embedded/seed.ts');
			await seedMarket(
				{ url, site: settings.origin ?? url },
				launchedChains.map(({ ready }) => ready),
				dataDir
			);
		},
		async stop() {
			await forgetLaunched(dataDir);
			await stop();
		}
	};
}
