import { expect, it } from 'vitest';
import { firstDevelopmentChainId, knownChains } from '#lib/chain/chains.ts';
import { walletRpcs } from './wallet-rpcs.ts';

const node = 'https://market.example';

// It would see every address of that wallet, and could lie to it of balances and nonces, on every site.
it('this node becomes no wallet’s way to a public chain', () => {
	const open = knownChains.filter(({ chainId }) => chainId !== firstDevelopmentChainId);
	const urls = open.map((chain) => walletRpcs(chain, node));
	expect(urls.every((one) => one.length > 0)).toBe(true);
	expect(urls.flat().filter((url) => !url.startsWith('https://') || url.startsWith(node))).toEqual([]);
});

it('a chain that nobody else serves is reached here', () => {
	expect(walletRpcs({ chainId: firstDevelopmentChainId }, node)).toEqual([`${node}/rpc/${firstDevelopmentChainId}`]);
});
