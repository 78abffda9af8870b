import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { isRefusal } from '#lib/chain/refusal.ts';
import type { CaseDocument } from '#lib/domain/case.ts';
import { isDue, type OrderDocument } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { timeAtHead } from '#lib/server/services/clocks.ts';

/**
 * Whether nobody but the escrow ends a dispute any more: its last deadline is over, and the pool refuses to carry the ruling
 * out, or to halve where there is none. By then it waits for nothing else. False where that cannot be told now: halves
 * are offered for no other reason.
 */
export async function isForsaken(
	context: Context,
	{ chainId, orderId, buyer, status, deadline }: OrderDocument,
	{ ruling }: Pick<CaseDocument, 'ruling'>
): Promise<boolean> {
	const chain = context.chains.get(chainId);
	if (status !== 'Disputed' || chain === undefined) return false;
	try {
		const now = await timeAtHead(context, chain);
		if (now === null || !isDue({ status, deadline }, now)) return false;
		await chain.rpc.simulateContract({
			...{ address: chain.config.pool, abi: arbitratorPoolAbi, account: buyer, args: [orderId], blockTag: 'pending' },
			functionName: ruling === null ? 'breakStalemate' : 'finalise'
		});
		return false;
	} catch (error) {
		if (isRefusal(error)) return true;
		context.log.warn({ err: error, chainId, orderId }, 'it could not be told whether the pool ends a dispute');
		return false;
	}
}
