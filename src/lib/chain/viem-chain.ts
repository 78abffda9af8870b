import { defineChain, type Chain } from 'viem';
import { type PublicChain } from '#lib/chain/chains.ts';

/** The chain as viem describes it. Its only RPC is this node's own proxy, so a page asks no other host. */
export function viemChain(chain: PublicChain): Chain {
	return defineChain({
		id: chain.chainId,
		name: chain.name,
		nativeCurrency: chain.currency,
		rpcUrls: { default: { http: [`/rpc/${chain.chainId}`] } },
		blockExplorers: chain.explorer ? { default: { name: 'Explorer', url: chain.explorer } } : undefined,
		testnet: chain.testnet
	});
}
