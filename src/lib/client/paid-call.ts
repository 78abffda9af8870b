// A call that takes tokens from the wallet: a fee, a deposit, a stake. Heavy: import it on intent.
import { getBalance, readContract, writeContract } from '@wagmi/core';
import { erc20Abi, type Address, type Hash } from 'viem';
import { approvals } from '#lib/client/allowance.ts';
import { batchResult, canBatch, isBatchTaken, sendBatch, type BatchCall } from '#lib/client/batch.ts';
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
import { ActionError, isRefusalOf } from '#lib/client/failure.ts';
import type { Step, StepKind } from '#lib/client/transaction.svelte.ts';

/** What is paid; base units of the token. */
export type Paid = { chainId: number; token: Address; amount: bigint };

/** A call that is made before the paid one: `onseen` hears in which transaction a block has it. */
export type FirstCall = { kind: StepKind; call: BatchCall; onseen: (hash: Hash) => void };

/** Calls that a wallet took together: its name for them, and what came first of them. */
type Batch = { id: string; first?: FirstCall };

/**
 * Those that wallets took, by what they are for: an attempt that ended without an answer, or a dialog that was closed
 * meanwhile, goes on with them and sends nothing twice.
 */
const taken = new Map<string, Batch>();

/**
 * A plan for allowing the called contract exactly what it takes, where that is not done, and calling it: in one
 * confirmation where the wallet offers that and the call is about an order, whose contracts refuse the same call twice. What
 * a wallet took together before is waited for instead.
 * @param call about an order: the order's id comes first among its arguments
 * @throws before the wallet is asked for anything: {@link ActionError} `not-enough-token`, `no-gas-money`; what the called
 * contract refuses
 */
export async function planPaidCall(
	signedInAs: Address,
	{ chainId, token, amount }: Paid,
	call: BatchCall,
	{ about = 'order', first }: { about?: CallSubject; first?: FirstCall } = {}
): Promise<Step[]> {
	const { config, account, chainId: from } = await connected(signedInAs);
	const settle = (hash: Hash) => settled(config, chainId, hash);
	const purpose = `${chainId}:${account}:${call.functionName}:${String(call.args?.[0])}`;
	const batchStep = (hand: () => Promise<Batch>): Step => ({
		kind: 'batch',
		run: async (onTaken) => {
			const batch = await hand();
			taken.set(purpose, batch);
			onTaken();
			const hash = await batchResult(config, batch.id);
			await announce(chainId, hash);
			return hash;
		},
		settle: async (hash) => {
			const block = await settle(hash);
			taken.get(purpose)?.first?.onseen(hash);
			return block;
		}
	});
	const earlier = taken.get(purpose);
	if (earlier && (await isBatchTaken(config, earlier.id))) return [batchStep(async () => earlier)];

	const read = { chainId, address: token, abi: erc20Abi } as const;
	const [balance, gas, allowance] = await Promise.all([
		readContract(config, { ...read, functionName: 'balanceOf', args: [account] }),
		getBalance(config, { address: account, chainId }),
		readContract(config, { ...read, functionName: 'allowance', args: [account, call.address] })
	]);
	const target = { chainId, account } as const;
	const request = { ...target, ...call } as CallRequest;
	// Before anything is paid for: the contract looks at the order and the time before it takes tokens.
	const refusal: unknown = await simulate(config, request).then(
		() => null,
		(error: unknown) => error
	);
	if (isRefusalOf(call.abi, refusal)) throw refusal;
	if (balance < amount) throw new ActionError('not-enough-token');
	if (gas.value === 0n) throw new ActionError('no-gas-money');
	// What is left is the token's, for want of an allowance.
	if (refusal !== null && allowance >= amount) throw refusal;
	const allowing = { ...target, token, spender: call.address };
	const needed = approvals(allowing, { allowance, needed: amount });
	const allow = needed.map(({ kind, call: approval }): Step => ({
		kind,
		run: () => writeContract(config, approval),
		settle
	}));
	const before = switchStep(config, from, chainId);
	const firstSteps = first ? [await firstStep(first)] : [];

	const calls = [...(first ? [first.call] : []), ...needed.map(({ call: approval }) => approval), call];
	if (about === 'order' && calls.length > 1 && (await canBatch(config, account, chainId))) {
		const hand = async () => ({ id: await sendBatch(config, { account, chainId, calls }), first });
		return [...before, batchStep(hand)];
	}

	const send = sendStep(config, chainId, request, { about });
	// Once more: the chain went on while the others were confirmed.
	const trySend: Step['run'] = (onTaken) => simulate(config, request).then(() => send.run(onTaken));
	return [...before, ...firstSteps, ...allow, { ...send, run: trySend }];

	async function firstStep(of: FirstCall): Promise<Step> {
		const before = { ...target, ...of.call } as CallRequest;
		await simulate(config, before);
		const settleFirst = async (hash: Hash) => {
			const block = await settle(hash);
			of.onseen(hash);
			return block;
		};
		return { ...sendStep(config, chainId, before, { about }), kind: of.kind, settle: settleFirst };
	}
}
