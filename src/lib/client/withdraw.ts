import { getBalance, readContract, writeContract, type Config } from '@wagmi/core';
import type { Address, Hash, Hex } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Wallet } from '#lib/domain/order.ts';
import {
	chainOf,
	connected,
	settled,
	simulate,
	switchStep,
	transactionState,
	type CallRequest
} from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import { forget, keep, recall } from '#lib/client/kept.ts';
import { networkCost } from '#lib/client/network-cost.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { withdrawalsOf } from '#lib/client/withdrawal-memory.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

// Taking out what waits in an escrow or a pool. Heavy: import it on intent.

/**
 * What waits for a wallet, in one token on one chain, and where it shall go: from the escrow or from the pool what they
 * keep for their payees, or the stake of an arbitrator who asked to leave.
 */
export type Withdrawal = {
	from: 'escrow' | 'pool' | 'stake';
	chainId: number;
	token: Wallet;
	payee: Wallet;
	to: Address;
};

const keyOf = ({ from, chainId, token, payee }: Withdrawal) => `${withdrawalsOf(payee)}${from}:${chainId}:${token}`;

function requestOf({ from, chainId, token, payee, to }: Withdrawal) {
	const { escrow, pool } = chainOf(chainId);
	const atPool = { address: pool, abi: arbitratorPoolAbi, chainId, account: payee } as const;
	if (from === 'stake') return { ...atPool, functionName: 'withdrawStake', args: [to] } as const;
	const call = { functionName: 'withdraw', args: [token, to] } as const;
	if (from === 'pool') return { ...atPool, ...call };
	return { address: escrow, abi: p2pEscrowAbi, chainId, account: payee, ...call } as const;
}

/** How much of it is there. */
async function waiting(config: Config, { from, chainId, token, payee }: Withdrawal): Promise<bigint> {
	const { escrow, pool } = chainOf(chainId);
	const atPool = { address: pool, abi: arbitratorPoolAbi, chainId } as const;
	switch (from) {
		case 'escrow': {
			const atEscrow = { address: escrow, abi: p2pEscrowAbi, chainId } as const;
			return readContract(config, { ...atEscrow, functionName: 'withdrawable', args: [token, payee] });
		}
		case 'pool':
			return readContract(config, { ...atPool, functionName: 'balances', args: [token, payee] });
		case 'stake':
			return (await readContract(config, { ...atPool, functionName: 'arbitrators', args: [payee] })).stake;
	}
}

/** About what the network takes; null where that cannot be told. */
export async function costOfWithdrawal(withdrawal: Withdrawal): Promise<bigint | null> {
	return networkCost(await loadWallets(), withdrawal.chainId, [{ call: requestOf(withdrawal) }]);
}

/**
 * A plan for having the whole of it paid out. What was sent before, on this device, is waited for and not sent again.
 * @throws {ActionError} `no-gas-money`, and what the contract refuses while it is simulated
 */
export async function withdraw(withdrawal: Withdrawal): Promise<Step[]> {
	const { config, account, chainId: standsOn } = await connected(withdrawal.payee);
	const { chainId } = withdrawal;
	const key = keyOf(withdrawal);
	const settle = async (hash: Hash) => {
		const block = await settled(config, chainId, hash);
		forget(key);
		return block;
	};
	const sent = recall(key) as Hex | null;
	if (sent && (await transactionState(config, chainId, sent)) === 'pending')
		return [{ kind: 'send', run: async () => sent, settle }];
	// It is over: what waits now came after it.
	forget(key);
	const request = requestOf(withdrawal) as CallRequest;
	const [waits, gasMoney] = await Promise.all([
		waiting(config, withdrawal),
		getBalance(config, { address: account, chainId })
	]);
	if (waits === 0n) return [];
	if (gasMoney.value === 0n) throw new ActionError('no-gas-money');
	await simulate(config, request);
	return [
		...switchStep(config, standsOn, chainId),
		{
			kind: 'send',
			run: async () => {
				const hash = await writeContract(config, request);
				keep(key, hash);
				return hash;
			},
			settle
		}
	];
}
