import type { PrivateKeyAccount } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { demoActors, type DemoActor } from '#lib/chain/demo-actors.ts';

/** The configuration of a chain that nobody runs: for what needs its description and never asks it. */
export function aChain(chainId: number, tokens: readonly { symbol: string; decimals: number }[]): ChainConfig {
	const addressOf = (number: number) =>
		`0x${chainId.toString(16).padStart(36, '0')}${number.toString(16).padStart(4, '0')}` as const;
	return {
		chainId,
		name: `Test Chain ${chainId}`,
		currency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
		confirmations: 2,
		testnet: true,
		// The discard port: a call fails at once.
		rpcUrls: ['http://127.0.0.1:9'],
		escrow: addressOf(0xe5c0),
		pool: addressOf(0x9001),
		deployedBlock: 0,
		tokens: tokens.map((token, index) => ({
			...token,
			tokenId: index + 1,
			address: addressOf(index + 1),
			faucet: true,
			permit: true
		}))
	};
}

/** The key of one of the people of a development chain. */
export function demoAccount(name: DemoActor['name']): PrivateKeyAccount {
	const actor = demoActors.find((candidate) => candidate.name === name);
	if (actor === undefined) throw new Error(`Nobody is called ${name}`);
	return privateKeyToAccount(actor.privateKey);
}
