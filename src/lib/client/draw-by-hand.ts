// The draw where no keeper makes it. Heavy (curves, ABIs): import it on intent.
import { getPublicClient } from '@wagmi/core';
import type { Address } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { mostPassed, nextQueueCall, type QueueCall } from '#lib/chain/queue-call.ts';
import {
	chainOf,
	connected,
	planCall,
	sendStep,
	settled,
	switchStep,
	type CallRequest,
	type OrderRef
} from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import { read } from '#lib/client/post.ts';
import { readThroughWallet } from '#lib/client/through-wallet.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';

/**
 * A plan for drawing with the round that the case waits for, or for a case that stands before it in the queue. The
 * signature that this node gives is checked by the key that the chain names, through the wallet where it stands on it.
 * @throws {ActionError} {DomainError}, or the contract's refusal, before the wallet is asked for anything
 */
export async function drawByHand(signedInAs: Address, { chainId, orderId }: OrderRef): Promise<Step[]> {
	const { config, account, chainId: from } = await connected(signedInAs);
	const rpc = getPublicClient(config, { chainId });
	if (rpc === undefined) throw new ActionError('unknown-chain');
	const { pool } = chainOf(chainId);
	const witness = (await readThroughWallet(chainId)) ?? rpc;
	const next = () =>
		nextQueueCall(rpc, { pool, account, caseId: orderId, witness }, async (round) => {
			const answer = await read<{ signature: string }>(`/api/v1/rounds/${chainId}/${round}`);
			return answer.signature;
		});
	const stepOf = (call: () => QueueCall | Promise<QueueCall>): Step => ({
		kind: 'send',
		run: async (onTaken) => {
			const request = { chainId, account, address: pool, abi: arbitratorPoolAbi, ...(await call()) };
			return sendStep(config, chainId, request as CallRequest).run(onTaken);
		},
		settle: (hash) => settled(config, chainId, hash)
	});
	const first = await next();
	// Which round the head waits for is known once what stood before it is passed over.
	const after = first.functionName === 'skip' ? [stepOf(next)] : [];
	return [...switchStep(config, from, chainId), stepOf(() => first), ...after];
}

/** A plan for passing over a round that nobody used in time: then the case can be bound to another. */
export function passOver(signedInAs: Address, { chainId }: OrderRef): Promise<Step[]> {
	const pool = { address: chainOf(chainId).pool, abi: arbitratorPoolAbi };
	return planCall(signedInAs, chainId, { ...pool, functionName: 'skip', args: [mostPassed] });
}
