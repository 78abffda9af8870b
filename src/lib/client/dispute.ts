// Opening a dispute: what is claimed goes before the other side first, the chain second. Heavy: import it on intent.
import { getBalance, readContract, writeContract } from '@wagmi/core';
import { erc20Abi, type Address, type Hash } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { claimName } from '#lib/domain/evidence.ts';
import type { Duty } from '#lib/domain/duties.ts';
import { depositFees } from '#lib/domain/pool-rules.ts';
import type { Hex, OrderDocument } from '#lib/domain/order.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import { approvals } from '#lib/client/allowance.ts';
import { chainOf, connected, planCall, sendStep, settled, simulate, switchStep } from '#lib/client/escrow.ts';
import { putWordsForward } from '#lib/client/evidence.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
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
 * Puts a claim and its files before the other side, as one piece of evidence whose words come first.
 * @returns the digest that stands for it on chain
 */
export function putClaimForward(
	talk: Talk,
	order: string,
	claim: string,
	files: readonly ManifestFile[]
): Promise<Hex> {
	return putWordsForward(talk, order, { name: claimName, words: claim, files });
}

/** A call that takes tokens: allow them, where that is not done, and make it. */
async function paidCall(
	signedInAs: Address,
	order: DisputedOrder,
	amount: (check: DisputeCheck) => bigint,
	call: { address: Address; abi: typeof p2pEscrowAbi | typeof arbitratorPoolAbi; functionName: string; args: unknown[] }
): Promise<Step[]> {
	const { config, account, chainId: from } = await connected(signedInAs);
	const { chainId, token } = order;
	const [check, gas, allowance] = await Promise.all([
		checkDispute(account, order),
		getBalance(config, { address: account, chainId }),
		readContract(config, {
			...{ chainId, address: token, abi: erc20Abi },
			functionName: 'allowance',
			args: [account, call.address]
		})
	]);
	const needed = amount(check);
	if (check.balance < needed) throw new ActionError('not-enough-token');
	if (gas.value === 0n) throw new ActionError('no-gas-money');
	const settle = (hash: Hash) => settled(config, chainId, hash);
	const target = { chainId, account } as const;
	const allow = approvals({ ...target, token, spender: call.address }, { allowance, needed }).map(
		({ kind, call: approval }): Step => ({ kind, run: () => writeContract(config, approval), settle })
	);
	const request = { ...target, ...call } as Parameters<typeof writeContract>[1];
	const send = sendStep(config, chainId, request);
	// After the allowance: before it, it would be refused for that.
	const trySend = () => simulate(config, request).then(send.run);
	return [...switchStep(config, from, chainId), ...allow, { ...send, run: trySend }];
}

/**
 * A plan for opening a dispute with what was put forward.
 * @throws {ActionError} `not-enough-token`, `no-gas-money`, before the wallet is asked for anything
 */
export function openDispute(signedInAs: Address, order: DisputedOrder, evidence: Hex): Promise<Step[]> {
	const { escrow: address } = chainOf(order.chainId);
	const args = [order.orderId, evidence];
	return paidCall(signedInAs, order, ({ fee }) => fee, {
		...{ address, abi: p2pEscrowAbi, functionName: 'openDispute', args }
	});
}

/** A plan for the loser's appeal. @throws {ActionError} as {@link openDispute} */
export function appealRuling(signedInAs: Address, order: DisputedOrder): Promise<Step[]> {
	const { pool: address } = chainOf(order.chainId);
	return paidCall(signedInAs, order, ({ fee }) => fee * depositFees, {
		...{ address, abi: arbitratorPoolAbi, functionName: 'appeal', args: [order.orderId] }
	});
}

/** A plan for a call that anybody can make, so that a case goes on. */
export function doDuty(signedInAs: Address, { chainId, orderId }: DisputedOrder, duty: Duty): Promise<Step[]> {
	const pool = { address: chainOf(chainId).pool, abi: arbitratorPoolAbi };
	return planCall(signedInAs, chainId, { ...pool, functionName: duty, args: [orderId] });
}
