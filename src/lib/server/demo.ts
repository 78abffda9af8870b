import { createTestClient, http, parseEther, type Address, type TestActions } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';

/** Thrown when something that only a development chain can do is asked of another chain. */
class NotADevelopmentChain extends Error {
	readonly code = 'NotADevelopmentChain';
	readonly chainId: number;
	constructor(chainId: number) {
		super(`Chain ${chainId} is not a development chain.`);
		this.name = 'NotADevelopmentChain';
		this.chainId = chainId;
	}
}

function controls(chain: ChainConfig): TestActions {
	if (chain.demo === undefined) throw new NotADevelopmentChain(chain.chainId);
	return createTestClient({ mode: 'anvil', transport: http(chain.rpcUrls[0]) });
}

/**
 * Moves a development chain's clock on and mines a block, so that deadlines pass.
 * @param seconds how far, a positive whole number.
 * @throws {NotADevelopmentChain} on any other chain.
 */
export async function skipTime(chain: ChainConfig, seconds: number): Promise<void> {
	const client = controls(chain);
	await client.increaseTime({ seconds });
	await client.mine({ blocks: 1 });
}

/**
 * Gives a wallet gas money on a development chain: ten units of its currency, whatever it held before.
 * @throws {NotADevelopmentChain} on any other chain.
 */
export async function fundGas(chain: ChainConfig, wallet: Address): Promise<void> {
	const client = controls(chain);
	await client.setBalance({ address: wallet, value: parseEther('10') });
	// The chain's keeper stores the state of each new block: without one, the balance would not outlive a restart.
	await client.mine({ blocks: 1 });
}
