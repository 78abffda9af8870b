// The development chain as its own processes: what it deploys, that it keeps everything through every kind of end,
// that it leaves nothing running, its clock and its finality.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPublicClient, createWalletClient, erc20Abi, http, parseUnits, publicActions, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { atTheHead } from '#lib/chain/client.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { randomnessOf, signatureWords } from '#lib/chain/drand.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { fundGas, skipTime } from '#lib/server/demo.ts';
import { toArguments, type DevelopmentChainOptions } from '#lib/server/embedded/chain/options.ts';
import { identify, runningProcess } from '#setup/processes.js';

type Started = { chain: ChainConfig; supervisor: ChildProcess };

let folder: string;
const supervisors: ChildProcess[] = [];

// Deployed once: each test begins with a copy of that chain, started for the second time.
let deployed: string;
beforeAll(async () => {
	deployed = folder = await mkdtemp(join(tmpdir(), 'holdfast-chain-'));
	await end((await start()).supervisor);
});
afterAll(() => rm(deployed, { recursive: true, force: true }));
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'holdfast-chain-'));
	await cp(deployed, folder, { recursive: true });
});
afterEach(async () => {
	for (const supervisor of supervisors.splice(0)) await end(supervisor);
	await rm(folder, { recursive: true, force: true });
});

const main = new URL('../../src/lib/server/embedded/chain/main.ts', import.meta.url).pathname;
const options = (): DevelopmentChainOptions => ({
	folder,
	chainId: 31337,
	name: 'Test Chain',
	confirmations: 2,
	tokens: [
		{ symbol: 'USDT', decimals: 6, permit: true },
		{ symbol: 'DAI', decimals: 18, permit: true }
	]
});

async function start(given: Partial<DevelopmentChainOptions> = {}): Promise<Started> {
	const supervisor = spawn(process.execPath, [main, ...toArguments({ ...options(), ...given })]);
	supervisors.push(supervisor);
	let said = '';
	supervisor.stderr.on('data', (chunk: Buffer) => (said += chunk));
	const line = await new Promise<string>((resolve, reject) => {
		createInterface({ input: supervisor.stdout }).once('line', resolve);
		supervisor.once('close', () => reject(new Error(said.trim())));
	});
	const chain = JSON.parse(line) as ChainConfig;
	return { chain, supervisor };
}

async function end(supervisor: ChildProcess): Promise<void> {
	if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
	const exit = once(supervisor, 'exit');
	supervisor.stdin?.end();
	await exit;
}

async function killed(supervisor: ChildProcess): Promise<void> {
	const exit = once(supervisor, 'exit');
	supervisor.kill('SIGKILL');
	await exit;
}

const anvilPid = () => runningProcess(join(folder, 'anvil.pid'));
const [buyer] = demoActors;

function clientOf(chain: ChainConfig) {
	const account = privateKeyToAccount(buyer?.privateKey as Hex);
	const transport = atTheHead(http(chain.rpcUrls[0]));
	return createWalletClient({ account, transport, pollingInterval: 20, cacheTime: 0 }).extend(publicActions);
}

/** Takes demo tokens from the faucet, in a block of its own. */
async function faucet(chain: ChainConfig): Promise<bigint> {
	const client = clientOf(chain);
	const [token] = chain.tokens;
	if (!token) throw new Error('The chain lists no token');
	const hash = await client.writeContract({
		address: token.address,
		abi: demoTokenAbi,
		functionName: 'faucet',
		args: [client.account.address, parseUnits('100', token.decimals)],
		chain: null
	});
	return (await client.waitForTransactionReceipt({ hash })).blockNumber;
}

async function balance(chain: ChainConfig): Promise<bigint> {
	const address = chain.tokens[0]?.address as Hex;
	const args = [buyer?.address as Hex] as const;
	return createPublicClient({ transport: atTheHead(http(chain.rpcUrls[0])) }).readContract({
		address,
		abi: erc20Abi,
		functionName: 'balanceOf',
		args
	});
}

/** Waits until something is so; the chain's own events pace it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
	while (!(await condition())) await sleep(20);
}

describe('a development chain', () => {
	test('has the contracts, and lists the demo tokens that were asked for', async () => {
		const { chain } = await start();
		const client = clientOf(chain);
		expect(await client.getChainId()).toBe(31337);
		expect(chain).toMatchObject({ confirmations: 2, testnet: true, deployedBlock: 1 });
		expect(chain.tokens.map(({ symbol, decimals }) => [symbol, decimals])).toEqual([
			['USDT', 6],
			['DAI', 18]
		]);
		for (const { tokenId, address, decimals } of chain.tokens) {
			const read = { address: chain.escrow, abi: p2pEscrowAbi, functionName: 'token', args: [tokenId] } as const;
			expect(await client.readContract(read)).toMatchObject({ token: address, decimals, listed: true });
		}
		const pool = await client.readContract({ address: chain.escrow, abi: p2pEscrowAbi, functionName: 'pool' });
		expect(pool).toBe(chain.pool);
		const linked = await client.readContract({ address: chain.pool, abi: arbitratorPoolAbi, functionName: 'escrow' });
		expect(linked).toBe(chain.escrow);
	});

	test('stands in the present, and its demo arbitrators can be drawn', async () => {
		const { chain } = await start();
		const client = clientOf(chain);
		const { timestamp } = await client.getBlock({ blockNumber: await faucet(chain) });
		expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
		const pool = { address: chain.pool, abi: arbitratorPoolAbi } as const;
		const arbitrators = demoActors.filter(({ name }) => name.startsWith('arbitrator-'));
		const weights = await Promise.all(
			arbitrators.map(({ address }) => client.readContract({ ...pool, functionName: 'weightOf', args: [address] }))
		);
		expect(weights).toEqual([10n, 10n, 10n, 10n, 10n]);
		expect(await client.readContract({ ...pool, functionName: 'totalWeight' })).toBe(50n);
	});

	test('verifies with the precompiles of EIP-2537', async () => {
		const { chain } = await start();
		// BLS12_G1ADD of two points at infinity is the point at infinity.
		const call = { to: '0x000000000000000000000000000000000000000b', data: `0x${'00'.repeat(256)}` } as const;
		expect((await clientOf(chain).call(call)).data).toBe(`0x${'00'.repeat(128)}`);
	});

	test('makes a transaction final, and then rests', async () => {
		const { chain } = await start();
		const client = clientOf(chain);
		const block = await faucet(chain);
		await until(async () => (await client.getBlock({ blockTag: 'finalized' })).number >= block);
		const head = await client.getBlockNumber();
		expect(head).toBe(block + 2n);
		await sleep(1500); // longer than until its next block, if there were one
		expect(await client.getBlockNumber()).toBe(head);
	});
});

describe('what a development chain keeps', () => {
	test.each([
		['its launcher ended', end],
		['its supervisor was killed', killed]
	])('everything, when %s', async (_, ending) => {
		const first = await start();
		const block = await faucet(first.chain);
		const before = await clientOf(first.chain).getBlock({ blockNumber: block });
		// A kill may come at any moment; what is asserted is what was written by then.
		await until(async () =>
			(await readFile(join(folder, 'state.json'), 'utf8')).includes(before.transactions[0] ?? '-')
		);
		await ending(first.supervisor);

		const second = await start();
		const { demo: _demo, ...same } = first.chain;
		expect(second.chain).toMatchObject(same);
		expect(await clientOf(second.chain).getBlock({ blockNumber: block })).toEqual(before);
		expect(await balance(second.chain)).toBe(parseUnits('100', 6));
		const [hash] = before.transactions;
		expect(await clientOf(second.chain).getTransactionReceipt({ hash: hash as Hex })).toMatchObject({
			status: 'success'
		});
	});

	test('a block that was mined just before its launcher ended', async () => {
		const first = await start();
		await faucet(first.chain);
		await end(first.supervisor);
		expect(await balance((await start()).chain)).toBe(parseUnits('100', 6));
	});

	test('begins anew where its first start was interrupted', async () => {
		const { chain, supervisor } = await start();
		await faucet(chain);
		await end(supervisor);
		await rm(join(folder, 'deployment.json'));
		expect(await balance((await start()).chain)).toBe(0n);
	});

	test('finality goes on where a restart interrupted it', async () => {
		const first = await start({ confirmations: 4 });
		const block = await faucet(first.chain);
		await end(first.supervisor);
		const second = await start({ confirmations: 4 });
		await until(async () => (await clientOf(second.chain).getBlockNumber()) === block + 4n);
	});
});

describe('processes', () => {
	test('anvil ends with its supervisor', async () => {
		const { supervisor } = await start();
		const pid = await anvilPid();
		expect(pid).toBeTypeOf('number');
		await end(supervisor);
		expect(await identify(pid as number)).toBeUndefined();
	});

	test('an anvil that a killed supervisor left behind ends with the next start', async () => {
		const { supervisor } = await start();
		const stale = (await anvilPid()) as number;
		await killed(supervisor);
		expect(await identify(stale)).toBeDefined();
		await start();
		expect(await identify(stale)).toBeUndefined();
		expect(await anvilPid()).not.toBe(stale);
	});

	test('one folder has one chain', async () => {
		await start();
		await expect(start()).rejects.toThrow(/^Another node uses .*: stop it, or set HOLDFAST_DATA to another folder/);
	});

	test('a chain that ends on its own says so', async () => {
		const { supervisor } = await start();
		const exit = once(supervisor, 'exit');
		process.kill((await anvilPid()) as number, 'SIGKILL');
		expect(await exit).toEqual([1, null]);
	});
});

describe('demo controls', () => {
	test('time that was skipped stays skipped, and blocks after a restart are no older than the head', async () => {
		const first = await start();
		const before = Math.floor(Date.now() / 1000);
		await skipTime(first.chain, 24 * 3600);
		const head = await clientOf(first.chain).getBlock();
		expect(Number(head.timestamp)).toBeGreaterThanOrEqual(before + 24 * 3600);
		await end(first.supervisor);

		const second = await start();
		const block = await faucet(second.chain);
		const { timestamp } = await clientOf(second.chain).getBlock({ blockNumber: block });
		expect(timestamp).toBeGreaterThanOrEqual(head.timestamp);
		expect(timestamp).toBeLessThan(head.timestamp + 60n);
	});

	test('gas money outlives a restart', async () => {
		const wallet = '0x00000000000000000000000000000000000000aa';
		const first = await start();
		await fundGas(first.chain, wallet);
		await end(first.supervisor);
		const second = await start();
		expect(await clientOf(second.chain).getBalance({ address: wallet })).toBe(parseUnits('10', 18));
	});

	test('no other chain obeys them', async () => {
		const { chain } = await start();
		const { demo: _demo, ...other } = chain;
		await expect(skipTime(other, 60)).rejects.toMatchObject({ code: 'NotADevelopmentChain', chainId: 31337 });
		await expect(fundGas(other, chain.pool)).rejects.toMatchObject({ code: 'NotADevelopmentChain' });
	});
});

describe('the beacon', () => {
	const round = async ({ demo }: ChainConfig, path: string) => fetch(`${demo?.relayUrl}${path}`);

	test('serves its rounds as a drand relay does, and keeps its key', async () => {
		const first = await start();
		const response = await round(first.chain, '/public/1');
		expect(response.status).toBe(200);
		const answer = (await response.json()) as { round: number; randomness: string; signature: string };
		expect(answer.round).toBe(1);
		expect(answer.signature).toMatch(/^[0-9a-f]{96}$/);
		expect(answer.randomness).toBe(randomnessOf(answer.signature));
		await end(first.supervisor);
		const second = await start();
		expect(await (await round(second.chain, '/public/1')).json()).toEqual(answer);
	});

	test('is the one that the pool draws by', async () => {
		const { chain } = await start();
		const client = clientOf(chain);
		const read = { address: chain.pool, abi: arbitratorPoolAbi, functionName: 'parameters' } as const;
		const beacon = { address: (await client.readContract(read)).beacon, abi: drandBeaconAbi } as const;
		const now = (await client.getBlock()).timestamp;
		const next = await client.readContract({ ...beacon, functionName: 'roundAfter', args: [now] });
		const { signature, randomness } = (await (await round(chain, `/public/${next - 1n}`)).json()) as {
			signature: string;
			randomness: string;
		};
		const args = [next - 1n, signatureWords(signature)] as const;
		expect(await client.readContract({ ...beacon, functionName: 'verify', args })).toBe(`0x${randomness}`);
	});

	test('a round belongs to nobody before its time, and chain time counts', async () => {
		const { chain } = await start();
		const { timestamp } = await clientOf(chain).getBlock({ blockNumber: 0n });
		// A day from now, in rounds of 3 seconds.
		const later = Math.floor((Date.now() / 1000 - Number(timestamp)) / 3) + 24 * 1200;
		expect((await round(chain, `/public/${later}`)).status).toBe(404);
		await skipTime(chain, 24 * 3600 + 3);
		await until(async () => (await round(chain, `/public/${later}`)).status === 200);
	});

	test('what is no round is not found', async () => {
		const { chain } = await start();
		for (const path of ['0', '-1', 'latest', '1e3', '', '99999999999999999999', '1/2'])
			expect((await round(chain, `/public/${path}`)).status, path).toBe(404);
		expect((await round(chain, '/')).status).toBe(404);
	});
});
