// A call that takes tokens from the wallet: a fee, a deposit, a stake. Heavy: import it on intent.
import { getBalance, readContract, writeContract } from '@wagmi/core';
import { erc20Abi, type Address, type Hash } from 'viem';
import { approvals } from '#lib/client/allowance.ts';
import { batchResult, canBatch, sendBatch, type BatchCall } from '#lib/client/batch.ts';
import {
	announce,
	connected,
	sendStep,
	settled,
	simulate,
	switchStep,
	type CallRequest,
	type CallSubject
} from '#lib/client/escrow.ts';
import { ActionError, failureOf, isRefusal } from '#lib/client/failure.ts';
import { PlanAgain, type Step, type StepKind } from '#lib/client/transaction.svelte.ts';

/** What is paid; base units of the token. */
export type Paid = { chainId: number; token: Address; amount: bigint };

/** A call that is made before the paid one: `onseen` hears that a block has it. */
export type FirstCall = { kind: StepKind; call: BatchCall; onseen: () => void };

/** `chainId:account` of wallets that offered to make calls together, and did not. */
const useless = new Set<string>();

/**
 * A plan for allowing the called contract exactly what it takes, where that is not done, and calling it: in one
 * confirmation where the wallet offers that and the call is about an order, whose contracts refuse the same call twice.
 * @throws {ActionError} `not-enough-token`, `no-gas-money`, before the wallet is asked for anything
 */
export async function planPaidCall(
	signedInAs: Address,
	{ chainId, token, amount }: Paid,
	call: BatchCall,
	{ about = 'order', first }: { about?: CallSubject; first?: FirstCall } = {}
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
	const needed = approvals(allowing, { allowance, needed: amount });
	const allow = needed.map(({ kind, call: approval }): Step => ({
		kind,
		run: () => writeContract(config, approval),
		settle
	}));
	const before = switchStep(config, from, chainId);
	const request = { ...target, ...call } as CallRequest;
	const firstSteps = first ? [await firstStep(first)] : [];

	const calls = [...(first ? [first.call] : []), ...needed.map(({ call: approval }) => approval), call];
	const wallet = `${chainId}:${account}`;
	if (about === 'order' && calls.length > 1 && !useless.has(wallet) && (await canBatch(config, account, chainId))) {
		const run = async () => {
			const id = await sendBatch(config, { account, chainId, calls }).catch((error: unknown) => {
				if (isRefusal(error) || failureOf(error).code === 'already-asked') throw error;
				useless.add(wallet);
				throw new PlanAgain();
			});
			const hash = await batchResult(config, id);
			await announce(chainId, hash);
			return hash;
		};
		return [...before, { kind: 'batch', run, settle }];
	}

	const send = sendStep(config, chainId, request, { about });
	// After the allowance: before it, it would be refused for that.
	const trySend = () => simulate(config, request).then(send.run);
	return [...before, ...firstSteps, ...allow, { ...send, run: trySend }];

	async function firstStep(of: FirstCall): Promise<Step> {
		const earlier = { ...target, ...of.call } as CallRequest;
		await simulate(config, earlier);
		const settleFirst = async (hash: Hash) => {
			const block = await settle(hash);
			of.onseen();
			return block;
		};
		return { ...sendStep(config, chainId, earlier, { about }), kind: of.kind, settle: settleFirst };
	}
}
