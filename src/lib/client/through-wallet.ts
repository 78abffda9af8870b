// The chain by way of the person's own wallet: what must not be believed of this node alone is asked for here.
import { getConnection, getPublicClient } from '@wagmi/core';
import { createPublicClient, custom, type EIP1193Provider, type PublicClient } from 'viem';
import type { Ask } from '#lib/chain/read-logs.ts';
import { ActionError } from '#lib/client/failure.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

/** A client that reads a chain through the connected wallet; null where none stands on that chain. */
export async function readThroughWallet(chainId: number): Promise<PublicClient | null> {
	const { connector, chainId: standsOn } = getConnection(await loadWallets());
	if (connector === undefined || standsOn !== chainId) return null;
	return createPublicClient({ transport: custom((await connector.getProvider()) as EIP1193Provider) });
}

/** Whom a chain is read by: the person's own wallet, or this node, whose word it is then. */
export type ReadBy = 'wallet' | 'node';

/** What reads a chain: the connected wallet where it stands on it, this node's relay elsewhere. @throws {ActionError} `unknown-chain` */
export async function readChain(chainId: number): Promise<{ client: PublicClient; by: ReadBy }> {
	const own = await readThroughWallet(chainId);
	const client = own ?? getPublicClient(await loadWallets(), { chainId });
	if (client === undefined) throw new ActionError('unknown-chain');
	return { client: client as PublicClient, by: own === null ? 'node' : 'wallet' };
}

/** The same, to be asked in the chain's own words. @throws {ActionError} `unknown-chain` */
export async function askChain(chainId: number): Promise<{ ask: Ask; by: ReadBy }> {
	const { client, by } = await readChain(chainId);
	return { ask: client.request as Ask, by };
}
