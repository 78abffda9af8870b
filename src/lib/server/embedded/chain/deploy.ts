import {
	createWalletClient,
	getAddress,
	http,
	parseEventLogs,
	publicActions,
	type Abi,
	type Address,
	type Hex
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainToken } from '#lib/chain/chains.ts';
import { developmentOwner } from '#lib/chain/demo-actors.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { demoTokenBytecode } from '#lib/chain/generated/bytecode/DemoToken.ts';
import { p2pEscrowBytecode } from '#lib/chain/generated/bytecode/P2PEscrow.ts';
import type { DemoTokenOptions } from './options.ts';

/** The contracts of a development chain. */
export type Deployment = { escrow: Address; pool: Address; tokens: ChainToken[]; deployedBlock: number };

/** What each demo token is listed with, in whole tokens (contracts.md's defaults). */
const listing = { minFee: 5, minAmount: 5, maxAmount: 10_000 };

/** Deploys the contracts and the demo tokens on a new development chain, and lists the tokens in their order. */
export async function deploy(rpcUrl: string, tokens: readonly DemoTokenOptions[]): Promise<Deployment> {
	const account = privateKeyToAccount(developmentOwner.privateKey);
	const client = createWalletClient({ account, transport: http(rpcUrl), pollingInterval: 20 }).extend(publicActions);

	async function mined(hash: Hex) {
		const receipt = await client.waitForTransactionReceipt({ hash });
		if (receipt.status !== 'success') throw new Error(`Transaction ${hash} of the first deployment failed`);
		return receipt;
	}
	async function create(abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Address> {
		const receipt = await mined(await client.deployContract({ abi, bytecode, args, chain: null }));
		if (!receipt.contractAddress) throw new Error('A deployment gave no contract');
		return getAddress(receipt.contractAddress);
	}

	const deployedBlock = Number(await client.getBlockNumber({ cacheTime: 0 })) + 1;
	const addresses: Address[] = [];
	for (const { symbol, decimals } of tokens)
		addresses.push(await create(demoTokenAbi, demoTokenBytecode, [`Demo ${symbol}`, symbol, decimals]));
	const [stakeToken] = addresses;
	if (stakeToken === undefined) throw new TypeError('A development chain needs at least one token');

	// Disputes need the pool: until it is deployed here, an address with code stands in the escrow's constructor.
	const pool = stakeToken;
	const escrow = await create(p2pEscrowAbi, p2pEscrowBytecode, [pool, account.address]);

	const listed: ChainToken[] = [];
	for (const [index, { symbol, decimals }] of tokens.entries()) {
		const address = addresses[index] as Address;
		const receipt = await mined(
			await client.writeContract({
				address: escrow,
				abi: p2pEscrowAbi,
				functionName: 'listToken',
				args: [address, listing.minFee, listing.minAmount, listing.maxAmount],
				chain: null
			})
		);
		const [event] = parseEventLogs({ abi: p2pEscrowAbi, eventName: 'TokenListed', logs: receipt.logs });
		if (!event) throw new Error(`The escrow did not list ${symbol}`);
		listed.push({ tokenId: event.args.tokenId, address, symbol, decimals, faucet: true, permit: true });
	}
	return { escrow, pool, tokens: listed, deployedBlock };
}
