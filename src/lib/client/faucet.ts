import { getConnection, waitForTransactionReceipt, writeContract } from '@wagmi/core';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import type { ChainToken, PublicChain } from '#lib/chain/chains.ts';
import { ActionError } from '#lib/client/failure.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

/** How much the faucet is asked for, in whole tokens. */
const wholeTokens = 1_000n;

/**
 * Has a demo token give the connected wallet 1,000 of itself; resolves when a block has it.
 * @throws {ActionError} `no-wallet`, `reverted`, and what the wallet throws
 */
export async function takeFromFaucet(chain: PublicChain, token: ChainToken): Promise<void> {
	const config = await loadWallets();
	const { address, chainId } = getConnection(config);
	if (!address) throw new ActionError('no-wallet');
	if (chainId !== chain.chainId) await useChain(config, chain);
	// A wallet that is new to the demo chain has nothing to pay the network with either.
	await fetch('/demo?/gas', { method: 'POST', body: new FormData(), headers: { 'x-sveltekit-action': 'true' } });
	const hash = await writeContract(config, {
		chainId: chain.chainId,
		address: token.address,
		abi: demoTokenAbi,
		functionName: 'faucet',
		args: [address, wholeTokens * 10n ** BigInt(token.decimals)]
	});
	const receipt = await waitForTransactionReceipt(config, { chainId: chain.chainId, hash });
	if (receipt.status !== 'success') throw new ActionError('reverted');
}
