// `npm run deploy -- --network <name> --owner <address>`: puts the contracts on a chain with that chain's committed
// parameters (contracts/ignition/parameters), reads everything back, and writes the addresses where the application reads
// them (src/lib/chain/deployments.ts). Interrupted, it goes on where it stopped: Ignition keeps a journal.
// DEPLOY_RPC_URL and DEPLOYER_PRIVATE_KEY say by which RPC and from which account.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import {
	createPublicClient,
	erc20Abi,
	formatEther,
	getAddress,
	getContract,
	http,
	isAddress,
	isHex,
	size,
	type Address,
	type PublicClient
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { knownChains, type ChainDefinition } from '#lib/chain/chains.ts';
import { deployments, type Deployment } from '#lib/chain/deployments.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { poolParameters, stakeListing, type NetworkParameters } from '#lib/chain/parameters.ts';
import { deployable, readParameters } from './ignition/parameters.ts';

/** All of the deployment's transactions together, measured on a development chain and rounded up. */
const deploymentGas = 14_000_000n;

/** A refusal in one sentence that says what to do. */
class Refusal extends Error {}

/** @throws {Refusal} unless the chain, the account and the stake token are what the deployment needs */
async function examine(
	client: PublicClient,
	account: Address,
	chain: ChainDefinition,
	{ stakeToken, stakeDecimals }: NetworkParameters
): Promise<void> {
	const chainId = await client.getChainId();
	if (chainId !== chain.chainId)
		throw new Refusal(`DEPLOY_RPC_URL leads to chain ${chainId}, and ${chain.name} is ${chain.chainId}: correct it.`);

	if (stakeToken !== undefined) {
		const decimals = await client
			.readContract({ address: stakeToken, abi: erc20Abi, functionName: 'decimals' })
			.catch(() => {
				throw new Refusal(`There is no token at ${stakeToken} on ${chain.name}: correct the parameter file.`);
			});
		if (decimals !== stakeDecimals)
			throw new Refusal(
				`The stake token has ${decimals} decimals and not ${stakeDecimals}: correct the parameter file.`
			);
	}

	const [balance, gasPrice] = await Promise.all([client.getBalance({ address: account }), client.getGasPrice()]);
	const needed = (deploymentGas * gasPrice * 12n) / 10n;
	if (balance < needed) {
		const { symbol } = chain.currency;
		throw new Refusal(
			`${account} has ${formatEther(balance)} ${symbol} and the deployment may take ${formatEther(needed)}: fund it first.`
		);
	}
}

type Made = Record<'token' | 'beacon' | 'pool' | 'escrow', Address>;

/** What the chain says differently from what was to be deployed; empty where all is well. */
async function differences(
	client: PublicClient,
	at: Made,
	given: NetworkParameters,
	owner: Address
): Promise<string[]> {
	const escrow = getContract({ abi: p2pEscrowAbi, address: at.escrow, client });
	const pool = getContract({ abi: arbitratorPoolAbi, address: at.pool, client });
	const beacon = getContract({ abi: drandBeaconAbi, address: at.beacon, client });
	const [parameters, token] = await Promise.all([pool.read.parameters(), escrow.read.token([1])]);
	const { minFee, minAmount, maxAmount } = stakeListing(given);
	const unit = 10n ** BigInt(given.stakeDecimals);
	const checks: [name: string, found: unknown, wanted: unknown][] = [
		['escrow.pool', getAddress(await escrow.read.pool()), getAddress(at.pool)],
		['escrow.pendingOwner', getAddress(await escrow.read.pendingOwner()), owner],
		['escrow.tokenCount', await escrow.read.tokenCount(), 1],
		['escrow.token(1).token', getAddress(token.token), getAddress(at.token)],
		['escrow.token(1).decimals', token.decimals, given.stakeDecimals],
		['escrow.token(1).listed', token.listed, true],
		['escrow.token(1).minFeeWhole', token.minFeeWhole, minFee],
		['escrow.token(1).minAmountWhole', token.minAmountWhole, minAmount],
		['escrow.token(1).maxAmountWhole', token.maxAmountWhole, maxAmount],
		['escrow.arbitrationFee', await escrow.read.arbitrationFee([1, 1000n * unit]), 50n * unit],
		['pool.escrow', getAddress(await pool.read.escrow()), getAddress(at.escrow)],
		['pool.beacon', getAddress(parameters.beacon), getAddress(at.beacon)],
		['pool.stakeToken', getAddress(parameters.stakeToken), getAddress(at.token)],
		...Object.entries(poolParameters(given)).map(([name, value]): [string, unknown, unknown] => [
			`pool.${name}`,
			parameters[name as keyof typeof parameters],
			value
		]),
		['beacon.timeOf(1)', await beacon.read.timeOf([1n]), 1_692_803_367n]
	];
	return checks
		.filter(([, found, expected]) => found !== expected)
		.map(([name, found, expected]) => `${name} is ${String(found)} and not ${String(expected)}`);
}

/** The block of a deployment's first transaction, which its journal has: nodes forget what code stood at an old block. */
async function firstBlockOf(folder: string, deploymentId: string): Promise<number> {
	const journal = join(folder, 'deployments', deploymentId, 'journal.jsonl');
	const entries = (await readFile(journal, 'utf8')).split('\n').filter((line) => line.trim() !== '');
	const blocks = entries
		.map((line) => JSON.parse(line) as { type: string; receipt?: { blockNumber: number } })
		.flatMap(({ type, receipt }) => (type === 'TRANSACTION_CONFIRM' && receipt ? [receipt.blockNumber] : []));
	return Math.min(...blocks);
}

async function remember(chainId: number, deployment: Deployment): Promise<void> {
	const file = fileURLToPath(new URL('../src/lib/chain/deployments.ts', import.meta.url));
	const text = await readFile(file, 'utf8');
	const all = JSON.stringify({ ...deployments, [chainId]: deployment }, null, '\t');
	const kept = text.slice(0, text.indexOf('export const deployments'));
	const made = `export const deployments: Readonly<Record<number, Deployment>> = ${all};`;
	await writeFile(file, await format(kept + made, { ...(await resolveConfig(file)), filepath: file }));
}

/** An environment variable that has to be there. */
function required(name: 'DEPLOY_RPC_URL' | 'DEPLOYER_PRIVATE_KEY'): string {
	const value = process.env[name];
	if (!value) throw new Refusal(`${name} is not set: see docs/operations.md.`);
	return value;
}

function accountOf(privateKey: string): Address {
	if (!isHex(privateKey) || size(privateKey) !== 32)
		throw new Refusal('DEPLOYER_PRIVATE_KEY has to be 0x and 64 hexadecimal digits.');
	return privateKeyToAccount(privateKey).address;
}

async function deploy(): Promise<void> {
	const { values } = parseArgs({ options: { network: { type: 'string' }, owner: { type: 'string' } } });
	const { network = '', owner = '' } = values;
	if (!deployable.includes(network)) throw new Refusal(`--network has to be one of ${deployable.join(', ')}.`);
	if (!isAddress(owner)) throw new Refusal('--owner has to be the address that may list tokens, best a timelock.');
	const rpcUrl = required('DEPLOY_RPC_URL');
	const account = accountOf(required('DEPLOYER_PRIVATE_KEY'));

	const parameters = readParameters(network);
	const chain = knownChains.find(({ chainId }) => chainId === parameters.chainId);
	if (!chain) throw new Refusal(`The application does not know chain ${parameters.chainId}: see chains.ts.`);
	const client = createPublicClient({ transport: http(rpcUrl) });
	await examine(client, account, chain, parameters);

	// Loaded for what is left to do: what is refused above need not wait for it.
	const [{ default: hre }, { holdfast }] = await Promise.all([
		import('hardhat'),
		import('./ignition/modules/Holdfast.ts')
	]);
	const deploymentId = `holdfast-${chain.chainId}`;
	const { ignition } = await hre.network.create(network);
	const result: unknown = await ignition.deploy(holdfast(parameters), {
		parameters: { Holdfast: { owner } },
		deploymentId,
		displayUi: process.stdout.isTTY
	});
	// Typed by the artifacts' declarations, which only a compilation makes.
	const { token, beacon, pool, escrow } = result as Record<keyof Made, { address: Address }>;
	const at: Made = { token: token.address, beacon: beacon.address, pool: pool.address, escrow: escrow.address };
	const wrong = await differences(client, at, parameters, getAddress(owner));
	if (wrong.length > 0)
		throw new Refusal(`What stands on ${chain.name} is not what was to be deployed: ${wrong.join('; ')}.`);

	const own = parameters.stakeToken === undefined;
	const symbol = await client.readContract({ address: at.token, abi: erc20Abi, functionName: 'symbol' });
	await remember(chain.chainId, {
		escrow: at.escrow,
		pool: at.pool,
		beacon: at.beacon,
		deployedBlock: await firstBlockOf(hre.config.paths.ignition, deploymentId),
		tokens: [{ tokenId: 1, address: at.token, symbol, decimals: parameters.stakeDecimals, faucet: own, permit: own }]
	});
	console.log(`Holdfast is on ${chain.name}: escrow ${at.escrow}, pool ${at.pool}, beacon ${at.beacon}.`);
	console.log(`${owner} still has to accept the ownership of the escrow (acceptOwnership).`);
}

try {
	await deploy();
} catch (error) {
	if (!(error instanceof Refusal)) throw error;
	console.error(error.message);
	process.exit(1);
}
