// The chain by way of the person's own wallet: what must not be believed of this node alone is asked for here.
import { getConnection } from '@wagmi/core';
import { createPublicClient, custom, type EIP1193Provider, type PublicClient } from 'viem';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

/** A client that reads a chain through the connected wallet; null where none stands on that chain. */
export async function readThroughWallet(chainId: number): Promise<PublicClient | null> {
	const { connector, chainId: standsOn } = getConnection(await loadWallets());
	if (connector === undefined || standsOn !== chainId) return null;
	return createPublicClient({ transport: custom((await connector.getProvider()) as EIP1193Provider) });
}
