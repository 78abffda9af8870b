// An arbitrator's own calls of the pool: the stake in, up and out, into the draw and out of it. Heavy: import it on intent.
import { readContract } from '@wagmi/core';
import { erc20Abi, type Address } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { chainOf, planCall } from '#lib/client/escrow.ts';
import { planPaidCall, type Paid } from '#lib/client/paid-call.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

/** These are about nobody's order: no page waits for them before a block has them. */
const about = { about: 'caller' } as const;

/** What a wallet could stake; base units of the token. */
export async function stakeable(wallet: Address, { chainId, token }: Omit<Paid, 'amount'>): Promise<bigint> {
	const config = await loadWallets();
	const read = { chainId, address: token, abi: erc20Abi } as const;
	return readContract(config, { ...read, functionName: 'balanceOf', args: [wallet] });
}

/**
 * A plan for paying a stake into the pool: the first, which registers, or more of it.
 * @throws {ActionError} as `planPaidCall`
 */
export function payStake(signedInAs: Address, stake: Paid, how: 'register' | 'addStake'): Promise<Step[]> {
	const pool = { address: chainOf(stake.chainId).pool, abi: arbitratorPoolAbi };
	return planPaidCall(signedInAs, stake, { ...pool, functionName: how, args: [stake.amount] }, about);
}

/** A plan for entering the draw, once that is open, for being drawn by one's present weight, or for leaving. */
export function changeSeat(
	signedInAs: Address,
	chainId: number,
	how: 'activate' | 'sync' | 'requestExit'
): Promise<Step[]> {
	const pool = { address: chainOf(chainId).pool, abi: arbitratorPoolAbi };
	const args = how === 'requestExit' ? [] : [signedInAs];
	return planCall(signedInAs, chainId, { ...pool, functionName: how, args }, about);
}
