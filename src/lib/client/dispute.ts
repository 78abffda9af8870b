// Opening a dispute: what is claimed goes before the other side first, the chain second. Heavy: import it on intent.
import { readContract } from '@wagmi/core';
import { erc20Abi, type Address, type Hash } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { CaseDuty } from '#lib/domain/duties.ts';
import { depositFees } from '#lib/domain/pool-rules.ts';
import type { Hex, OrderDocument } from '#lib/domain/order.ts';
import { chainOf, planCall, transactionState } from '#lib/client/escrow.ts';
import { planPaidCall, type FirstCall } from '#lib/client/paid-call.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

type DisputedOrder = Pick<OrderDocument, '_id' | 'chainId' | 'orderId' | 'tokenId' | 'token' | 'amount'>;

/** What decides whether somebody can open a dispute. Amounts in base units of the order's token. */
export type DisputeCheck = { fee: bigint; balance: bigint };

/** Reads what a dispute costs, and whether it can be paid. */
export async function checkDispute(opener: Address, order: DisputedOrder): Promise<DisputeCheck> {
	const config = await loadWallets();
	const { chainId, token, tokenId, amount } = order;
	const { escrow } = chainOf(chainId);
	const [fee, balance] = await Promise.all([
		readContract(config, {
			chainId,
			address: escrow,
			abi: p2pEscrowAbi,
			functionName: 'arbitrationFee',
			args: [tokenId, BigInt(amount)]
		}),
		readContract(config, { chainId, address: token, abi: erc20Abi, functionName: 'balanceOf', args: [opener] })
	]);
	return { fee, balance };
}

/**
 * A plan for opening a dispute with what was put forward.
 * @throws {ActionError} `not-enough-token`, `no-gas-money`, before the wallet is asked for anything
 */
export async function openDispute(signedInAs: Address, order: DisputedOrder, evidence: Hex): Promise<Step[]> {
	const { chainId, token, orderId } = order;
	const { fee } = await checkDispute(signedInAs, order);
	const call = { address: chainOf(chainId).escrow, abi: p2pEscrowAbi, functionName: 'openDispute' };
	return planPaidCall(signedInAs, { chainId, token, amount: fee }, { ...call, args: [orderId, evidence] });
}

/** Digests that this page saw in a block, which the node may not have read yet, and the transaction that had them. */
const stamped = new Map<Hex, Hash>();

/** Whether that block still stands: after a reorganisation the transaction may be nowhere. */
async function isStampThere(chainId: number, digest: Hex): Promise<boolean> {
	const hash = stamped.get(digest);
	if (hash === undefined) return false;
	const state = await transactionState(await loadWallets(), chainId, hash);
	return state === 'done' || state === 'pending';
}

/**
 * A plan for the loser's appeal, with what was put forward as its grounds. The pool takes no digest: the escrow stamps it,
 * before the appeal or together with it, so that words may be left without an appeal but no appeal without its words.
 * @param grounds.isStamped their digest stands on chain already
 * @throws {ActionError} as {@link openDispute}
 */
export async function appealRuling(
	signedInAs: Address,
	order: DisputedOrder,
	{ digest, isStamped }: { digest: Hex; isStamped: boolean }
): Promise<Step[]> {
	const { chainId, token, orderId } = order;
	const { escrow, pool } = chainOf(chainId);
	const { fee } = await checkDispute(signedInAs, order);
	const stamp = { address: escrow, abi: p2pEscrowAbi, functionName: 'submitEvidence', args: [orderId, digest] };
	const call = { address: pool, abi: arbitratorPoolAbi, functionName: 'appeal', args: [orderId] };
	const first: FirstCall = { kind: 'stamp', call: stamp, onseen: (hash) => stamped.set(digest, hash) };
	const isThere = isStamped || (await isStampThere(chainId, digest));
	return planPaidCall(signedInAs, { chainId, token, amount: fee * depositFees }, call, isThere ? {} : { first });
}

/** A plan for a call that anybody can make, so that a case goes on; those of the queue are draw-by-hand.ts. */
export function doDuty(signedInAs: Address, { chainId, orderId }: DisputedOrder, duty: CaseDuty): Promise<Step[]> {
	const pool = { address: chainOf(chainId).pool, abi: arbitratorPoolAbi };
	return planCall(signedInAs, chainId, { ...pool, functionName: duty, args: [orderId] });
}

/** A plan for proving, by an earlier order, that who was drawn had dealt with a party. */
export function challengeConflict(
	signedInAs: Address,
	{ chainId, orderId }: DisputedOrder,
	proof: Hex
): Promise<Step[]> {
	const pool = { address: chainOf(chainId).pool, abi: arbitratorPoolAbi };
	return planCall(signedInAs, chainId, { ...pool, functionName: 'challengeConflict', args: [orderId, proof] });
}
