// A call that takes tokens from the wallet: a fee, a deposit, a stake. Heavy: import it on intent.
import { getBalance, readContract, writeContract } from '@wagmi/core';
import { erc20Abi, type Abi, type Address, type Hash } from 'viem';
import { approvals } from '#lib/client/allowance.ts';
import {
	connected,
	sendStep,
	settled,
	simulate,
	switchStep,
	type CallRequest,
	type CallSubject
} from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';

/** What is paid; base units of the token. */
export type Paid = { chainId: number; token: Address; amount: bigint };

/**
 * A plan for allowing the called contract exactly what it takes, where that is not done, and calling it.
 * @throws {ActionError} `not-enough-token`, `no-gas-money`, before the wallet is asked for anything
 */
export async function planPaidCall(
	signedInAs: Address,
	{ chainId, token, amount }: Paid,
	call: { address: Address; abi: Abi; functionName: string; args: readonly unknown[] },
	options: { about?: CallSubject } = {}
): Promise<Step[]> {
	const { config, account, chainId: from } = await connected(signedInAs);
	const read = { chainId, address: token, abi: erc20Abi } as const;
	const [balance, gas, allowance] = await Promise.all([
		readContract(config, { ...read, functionName: 'balanceOf', args: [account] }),
		getBalance(config, { address: account, chainId }),
		readContract(config, { ...read, functionName: 'allowance', args: [account, call.address] })
	]);
	if (balance < amount) throw new ActionError('not-enough-token');
	if (gas.value === 0n) throw new ActionError('no-gas-money');
	const settle = (hash: Hash) => settled(config, chainId, hash);
	const target = { chainId, account } as const;
	const allowing = { ...target, token, spender: call.address };
	const allow = approvals(allowing, { allowance, needed: amount }).map(({ kind, call: approval }): Step => ({
		kind,
		run: () => writeContract(config, approval),
		settle
	}));
	const request = { ...target, ...call } as CallRequest;
	const send = sendStep(config, chainId, request, options);
	// After the allowance: before it, it would be refused for that.
	const trySend = () => simulate(config, request).then(send.run);
	return [...switchStep(config, from, chainId), ...allow, { ...send, run: trySend }];
}
