import { arbitrum, arbitrumSepolia, bsc, bscTestnet, mainnet, sepolia } from 'viem/chains';
import type { PublicChain } from '#lib/chain/chains.ts';

const known = [mainnet, bsc, arbitrum, sepolia, bscTestnet, arbitrumSepolia];

/**
 * Where a wallet that is told of a chain reaches it, on every site from then on: at public addresses, so that it goes on
 * asking somebody else than this node. At this node are only chains that nobody else serves.
 */
export function walletRpcs({ chainId }: Pick<PublicChain, 'chainId'>, origin: string): readonly string[] {
	return known.find(({ id }) => id === chainId)?.rpcUrls.default.http ?? [`${origin}/rpc/${chainId}`];
}
