import type { ChainToken, PublicChain } from '#lib/chain/chains.ts';

/** The chain of that id, if this node follows it. */
export function chainOf(chains: readonly PublicChain[], chainId: number): PublicChain | undefined {
	return chains.find((chain) => chain.chainId === chainId);
}

/** What a chain is called; its number where this node does not follow it. */
export function chainName(chains: readonly PublicChain[], chainId: number): string {
	return chainOf(chains, chainId)?.name ?? `${chainId}`;
}

/** The token at that address of the chain, if its escrow lists it. */
export function tokenOf(chain: PublicChain | undefined, address: string): ChainToken | undefined {
	return chain?.tokens.find((token) => token.address.toLowerCase() === address.toLowerCase());
}
