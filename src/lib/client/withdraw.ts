import { getBalance, readContract, simulateContract, writeContract } from '@wagmi/core';
import type { Address, Hash, Hex } from 'viem';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { chainOf, connected, settled, switchStep, transactionState } from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import { forget, keep, recall } from '#lib/client/kept.ts';
import { networkCost } from '#lib/client/network-cost.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { withdrawalsOf } from '#lib/client/withdrawal-memory.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

// Taking out what waits in an escrow. Heavy: import it on intent.

/** What waits for a wallet, in one token on one chain, and where it shall go. */
export type Withdrawal = { chainId: number; token: Wallet; payee: Wallet; to: Address };

const keyOf = ({ chainId, token, payee }: Withdrawal) => `${withdrawalsOf(payee)}${chainId}:${token}`;

function requestOf({ chainId, token, payee, to }: Withdrawal) {
	const contract = { address: chainOf(chainId).escrow, abi: p2pEscrowAbi, chainId } as const;
	return { ...contract, account: payee, functionName: 'withdraw', args: [token, to] } as const;
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
	const { chainId, token, payee } = withdrawal;
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
	const request = requestOf(withdrawal);
	const { address, abi } = request;
	const [waits, gasMoney] = await Promise.all([
		readContract(config, { address, abi, chainId, functionName: 'withdrawable', args: [token, payee] }),
		getBalance(config, { address: account, chainId })
	]);
	if (waits === 0n) return [];
	if (gasMoney.value === 0n) throw new ActionError('no-gas-money');
	await simulateContract(config, request);
	return [
		...switchStep(config, standsOn, chainId),
		{
			kind: 'send',
			run: async () => {
				const hash = await writeContract(config, { ...request, account });
				keep(key, hash);
				return hash;
			},
			settle
		}
	];
}
