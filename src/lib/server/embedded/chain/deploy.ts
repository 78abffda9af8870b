import { createWalletClient, getAddress, http, parseEventLogs, parseUnits, publicActions } from 'viem';
import type { Address, Hex, PrivateKeyAccount, TransactionReceipt } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainToken } from '#lib/chain/chains.ts';
import { demoActors, developmentOwner } from '#lib/chain/demo-actors.ts';
import { beaconKey } from '#lib/chain/drand.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { developmentParameters } from '#lib/chain/generated/parameters.ts';
import { arbitratorPoolBytecode } from '#lib/chain/generated/bytecode/ArbitratorPool.ts';
import { demoTokenBytecode } from '#lib/chain/generated/bytecode/DemoToken.ts';
import { drandBeaconBytecode } from '#lib/chain/generated/bytecode/DrandBeacon.ts';
import { p2pEscrowBytecode } from '#lib/chain/generated/bytecode/P2PEscrow.ts';
import { poolParameters, stakeListing } from '#lib/chain/parameters.ts';
import type { Beacon } from './beacon.ts';
import type { DemoTokenOptions } from './options.ts';

/** The contracts of a development chain. */
export type Deployment = { escrow: Address; pool: Address; tokens: ChainToken[]; deployedBlock: number };

/** What each demo arbitrator stakes: enough for a few slashes before it leaves the draw. */
const demoStake = '1000';

const day = 24 * 3600;

/** How long before the present a new chain begins, in seconds: its arbitrators have waited out their activation. */
export const historySeconds = developmentParameters.activationDelay + day;

function clientOf(rpcUrl: string, privateKey: Hex) {
	const account: PrivateKeyAccount = privateKeyToAccount(privateKey);
	return createWalletClient({ account, transport: http(rpcUrl), pollingInterval: 20 }).extend(publicActions);
}
type Client = ReturnType<typeof clientOf>;

async function mined(client: Client, hash: Hex): Promise<TransactionReceipt> {
	const receipt = await client.waitForTransactionReceipt({ hash });
	if (receipt.status !== 'success') throw new Error(`Transaction ${hash} of the first deployment failed`);
	return receipt;
}

async function created(client: Client, hash: Hex): Promise<Address> {
	const { contractAddress } = await mined(client, hash);
	if (!contractAddress) throw new Error(`Transaction ${hash} of the first deployment made no contract`);
	return getAddress(contractAddress);
}

/**
 * Deploys the contracts and the demo tokens on a new chain, and lists the tokens in their order. The first of them is
 * what arbitrators stake.
 */
export async function deploy(
	rpcUrl: string,
	{ tokens, beacon }: { tokens: readonly DemoTokenOptions[]; beacon: Beacon }
): Promise<Deployment> {
	const client = clientOf(rpcUrl, developmentOwner.privateKey);
	const common = { chain: null };
	const deployedBlock = Number(await client.getBlockNumber({ cacheTime: 0 })) + 1;

	const made: (DemoTokenOptions & { address: Address })[] = [];
	for (const { symbol, decimals, permit } of tokens) {
		const args = [`Demo ${symbol}`, symbol, decimals] as const;
		const hash = await client.deployContract({ ...common, abi: demoTokenAbi, bytecode: demoTokenBytecode, args });
		made.push({ symbol, decimals, permit, address: await created(client, hash) });
	}
	const [stake] = made;
	if (stake === undefined) throw new TypeError('A development chain needs at least one token');

	const { publicKeyWords, knownAnswer } = beaconKey(beacon.secret);
	const source = await created(
		client,
		await client.deployContract({
			...common,
			abi: drandBeaconAbi,
			bytecode: drandBeaconBytecode,
			args: [publicKeyWords, BigInt(beacon.genesis), BigInt(beacon.period), knownAnswer.round, knownAnswer.signature]
		})
	);
	const given = { ...developmentParameters, stakeDecimals: stake.decimals };
	const parameters = { ...poolParameters(given), beacon: source, stakeToken: stake.address };
	const listing = stakeListing(given);
	const pool = await created(
		client,
		await client.deployContract({
			...common,
			abi: arbitratorPoolAbi,
			bytecode: arbitratorPoolBytecode,
			args: [parameters]
		})
	);
	const escrow = await created(
		client,
		await client.deployContract({
			...common,
			abi: p2pEscrowAbi,
			bytecode: p2pEscrowBytecode,
			args: [pool, client.account.address]
		})
	);
	const link = { ...common, address: pool, abi: arbitratorPoolAbi, functionName: 'link', args: [escrow] } as const;
	await mined(client, await client.writeContract(link));

	const listed: ChainToken[] = [];
	for (const { address, symbol, decimals, permit } of made) {
		const { logs } = await mined(
			client,
			await client.writeContract({
				...common,
				address: escrow,
				abi: p2pEscrowAbi,
				functionName: 'listToken',
				args: [address, listing.minFee, listing.minAmount, listing.maxAmount]
			})
		);
		const [event] = parseEventLogs({ abi: p2pEscrowAbi, eventName: 'TokenListed', logs });
		if (!event) throw new Error(`The escrow did not list ${symbol}`);
		listed.push({ tokenId: event.args.tokenId, address, symbol, decimals, faucet: true, permit });
	}
	return { escrow, pool, tokens: listed, deployedBlock };
}

/**
 * Makes the demo arbitrators stake, and puts them into the draw.
 * @param toPresent moves the chain's clock from its beginning to the present, past their activation
 */
export async function seatArbitrators(
	rpcUrl: string,
	{ pool, tokens }: Deployment,
	toPresent: () => Promise<void>
): Promise<void> {
	const [stake] = tokens;
	if (stake === undefined) throw new TypeError('A development chain needs at least one token');
	const amount = parseUnits(demoStake, stake.decimals);
	const arbitrators = demoActors.filter(({ name }) => name.startsWith('arbitrator-'));

	for (const { privateKey, address } of arbitrators) {
		const client = clientOf(rpcUrl, privateKey);
		const token = { chain: null, address: stake.address, abi: demoTokenAbi } as const;
		const register = { chain: null, address: pool, abi: arbitratorPoolAbi, functionName: 'register' } as const;
		await mined(client, await client.writeContract({ ...token, functionName: 'faucet', args: [address, amount] }));
		await mined(client, await client.writeContract({ ...token, functionName: 'approve', args: [pool, amount] }));
		await mined(client, await client.writeContract({ ...register, args: [amount] }));
	}

	await toPresent();
	const owner = clientOf(rpcUrl, developmentOwner.privateKey);
	const activate = { chain: null, address: pool, abi: arbitratorPoolAbi, functionName: 'activate' } as const;
	for (const { address } of arbitrators)
		await mined(owner, await owner.writeContract({ ...activate, args: [address] }));
}
