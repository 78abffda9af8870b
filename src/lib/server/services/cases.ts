import type { CaseDocument } from '#lib/domain/case.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';

/** How disputes go on a chain, and the one about an order; null where it has none. Whoever may read the order may read it. */
export type DisputeView = {
	dispute: CaseDocument | null;
	/** Null while this node has not read the pool's first event. */
	rules: PoolRules | null;
};

/** @param order `chainId:orderId` of an order that the reader may see */
export async function readDispute(context: Context, chainId: number, order: string): Promise<DisputeView> {
	const [dispute, rules] = await Promise.all([
		context.models.cases.findById(order).lean(),
		findPoolRules(context, chainId)
	]);
	return { dispute, rules };
}
