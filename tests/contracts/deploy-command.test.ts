// `npm run deploy` against a chain that says it is Ethereum, in a copy of the repository: what it writes, what it refuses,
// and that a deployment which was killed goes on.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import hre from 'hardhat';
import { createTestClient, getAddress, http, publicActions, toHex, walletActions, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { developmentOwner } from '#lib/chain/demo-actors.ts';
import type { Deployment } from '#lib/chain/deployments.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { demoTokenBytecode } from '#lib/chain/generated/bytecode/DemoToken.ts';

const tether: Address = '0xdAC17F958D2ee523a2206206994597C13D831ec7';
const owner: Address = '0x00000000000000000000000000000000000000f1';
const poor: Hex = `0x${'42'.repeat(32)}`;
const startedAt = Math.floor(Date.now() / 1000) - 60;

let folder: string;
let url: string;
let stop: (() => Promise<void>) | undefined;

const client = () =>
	createTestClient({ mode: 'hardhat', transport: http(url), account: privateKeyToAccount(developmentOwner.privateKey) })
		.extend(publicActions)
		.extend(walletActions);
const sent = () => client().getTransactionCount({ address: developmentOwner.address });

/** Puts a token of six decimals where the parameters say that Tether is. */
async function putTether(): Promise<void> {
	const hash = await client().deployContract({
		chain: null,
		abi: demoTokenAbi,
		bytecode: demoTokenBytecode,
		args: ['Tether USD', 'USDT', 6]
	});
	const { contractAddress } = await client().waitForTransactionReceipt({ hash });
	const made = contractAddress as Address;
	await client().setCode({ address: tether, bytecode: (await client().getCode({ address: made })) as Hex });
	for (let slot = 0; slot < 10; slot++) {
		const value = (await client().getStorageAt({ address: made, slot: toHex(slot) })) as Hex;
		await client().setStorageAt({ address: tether, index: slot, value });
	}
}

type Ended = { code: number | null; output: string };
type Running = { ended: Promise<Ended>; kill: () => void; output: () => string };

/** This process's environment without Hardhat's, which name the repository that the tests run in. */
const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HARDHAT_')));

/** Runs the command in the copy, as npm does. */
function deploy(args: string[], env: Record<string, string> = {}): Running {
	const child = spawn(process.execPath, ['contracts/deploy.ts', ...args], {
		cwd: folder,
		env: {
			...plain,
			HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
			DEPLOY_RPC_URL: url,
			DEPLOYER_PRIVATE_KEY: developmentOwner.privateKey,
			...env
		}
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
	const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, output })));
	return { ended, kill: () => child.kill('SIGKILL'), output: () => output };
}

type Written = { deployments: Record<number, Deployment>; chain: ChainConfig };

/** What the application reads in the copy, with a configuration that names no address. */
async function writtenIn(cwd: string): Promise<Written> {
	const env = { MONGODB_URL: 'mongodb://localhost', CHAINS: JSON.stringify([{ chainId: 1, rpcUrls: [url] }]) };
	const script = `
		const { deployments } = await import('#lib/chain/deployments.ts');
		const { readConfig } = await import('#lib/server/config.ts');
		console.log(JSON.stringify({ deployments, chain: readConfig(${JSON.stringify(env)}).chains[0] }));`;
	const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
	return JSON.parse(stdout) as Written;
}

const toEthereum = ['--network', 'ethereum', '--owner', owner];

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'holdfast-deploy-'));
	for (const name of [
		'contracts',
		'src',
		'package.json',
		'hardhat.config.ts',
		'tests/contracts',
		'tsconfig.json',
		'.prettierrc'
	])
		await cp(name, join(folder, name), { recursive: true });
	// What really was deployed is not this chain's.
	await rm(join(folder, 'contracts/ignition/deployments'), { recursive: true, force: true });
	for (const name of ['node_modules', 'artifacts', 'cache']) await symlink(resolve(name), join(folder, name));

	const server = await hre.network.createServer(
		{
			network: 'default',
			override: {
				chainId: 1,
				initialDate: new Date(startedAt * 1000),
				accounts: [{ privateKey: developmentOwner.privateKey, balance: 10n ** 20n }],
				// A transaction waits for its block as on a real network, and the deployment for its confirmations.
				mining: { auto: false, interval: 200 },
				allowBlocksWithSameTimestamp: true
			}
		},
		'127.0.0.1',
		0
	);
	const { port } = await server.listen();
	url = `http://127.0.0.1:${port}`;
	stop = () => server.close();
	await putTether();
});
after(async () => {
	await stop?.();
	await rm(folder, { recursive: true, force: true });
});

/** Asserts that the command refuses with these words, before it has sent anything. */
async function refuses(args: string[], env: Record<string, string>, words: RegExp): Promise<void> {
	const { code, output } = await deploy(args, env).ended;
	assert.match(output, words);
	assert.equal(code, 1);
	assert.equal(output.trim().split('\n').length, 1, 'one sentence');
	assert.equal(await sent(), 1);
}

test('refuses, in a sentence, what cannot end well, and sends nothing', async () => {
	await refuses(['--network', 'bsc', '--owner', owner], {}, /leads to chain 1, and BNB Smart Chain is 56/);
	await refuses(toEthereum, { DEPLOYER_PRIVATE_KEY: poor }, /has 0 ETH .*: fund it first/);
	await refuses(toEthereum, { DEPLOYER_PRIVATE_KEY: 'secret' }, /64 hexadecimal digits/);
	await refuses(['--network', 'ethereum'], {}, /--owner has to be/);
	await refuses(['--network', 'moon', '--owner', owner], {}, /--network has to be one of arbitrum, .*ethereum/);
	await refuses(toEthereum, { DEPLOY_RPC_URL: '' }, /DEPLOY_RPC_URL is not set/);
});

test('goes on after a kill, deploys nothing twice, and writes what the application reads', async () => {
	const first = deploy(toEthereum);
	while ((await sent()) < 3) {
		assert.equal(await Promise.race([first.ended, delay(100)]), undefined, 'it still runs');
	}
	first.kill();
	await first.ended;

	const second = await deploy(toEthereum).ended;
	assert.match(second.output, /Holdfast is on Ethereum/);
	assert.equal(second.code, 0);
	// The token above, three contracts, the link, the listing, the ownership.
	assert.equal(await sent(), 7);

	const { deployments, chain } = await writtenIn(folder);
	const made = deployments[1];
	assert.ok(made);
	assert.deepEqual(made.tokens, [
		{ tokenId: 1, address: tether, symbol: 'USDT', decimals: 6, faucet: false, permit: false }
	]);
	const { transactions } = await client().getBlock({ blockNumber: BigInt(made.deployedBlock) });
	const { contractAddress } = await client().getTransactionReceipt({ hash: transactions[0] as Hex });
	assert.equal(getAddress(contractAddress as Address), getAddress(made.beacon));
	const { escrow, pool, deployedBlock, tokens } = chain;
	assert.deepEqual({ escrow, pool, deployedBlock, tokens, beacon: made.beacon }, made);

	const third = await deploy(toEthereum).ended;
	assert.equal(third.code, 0);
	assert.equal(await sent(), 7);
	assert.deepEqual((await writtenIn(folder)).deployments, deployments);
});
