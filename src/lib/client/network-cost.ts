import { estimateFeesPerGas, estimateGas, type Config } from '@wagmi/core';
import { encodeFunctionData, type Abi, type Address } from 'viem';

type Call = {
	address: Address;
	abi: Abi | readonly unknown[];
	functionName: string;
	args?: readonly unknown[];
	account?: unknown;
};

/** A call that can be tried now, or the gas of one that cannot, because it needs what comes before it. */
export type Costed = { call: unknown } | { gas: bigint };

/**
 * About what a chain takes for calls, in units of its own currency: the gas that its node says they need, at the price of
 * the next blocks.
 * @returns null where it cannot be told
 */
export async function networkCost(config: Config, chainId: number, calls: readonly Costed[]): Promise<bigint | null> {
	try {
		const [fees, ...gas] = await Promise.all([
			estimateFeesPerGas(config, { chainId }),
			...calls.map(async (one) => ('gas' in one ? one.gas : gasOf(config, chainId, one.call as Call)))
		]);
		return fees.maxFeePerGas * gas.reduce((sum, each) => sum + each, 0n);
	} catch {
		return null;
	}
}

function gasOf(config: Config, chainId: number, { address, abi, functionName, args, account }: Call): Promise<bigint> {
	const data = encodeFunctionData({ abi: abi as Abi, functionName, args });
	return estimateGas(config, { chainId, to: address, data, account: account as Address });
}
