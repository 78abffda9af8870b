import { endedCases, type CaseDocument } from '#lib/domain/case.ts';
import { dutyOf } from '#lib/domain/duties.ts';
import type { OrderStatus } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';

/** Cases of a chain that one turn looks at. */
const mostCases = 1_000;

/** A case that is not over, its order's status where this node has the order, and the call that is due in it. */
export type OpenCase = { of: CaseDocument; status: OrderStatus | null; duty: ReturnType<typeof dutyOf> };

/** The cases of a chain that are not over, the longest waiting first. @param now the chain's time */
export async function openCasesOf(
	{ models: { cases, orders } }: Context,
	chainId: number,
	{ rules, now }: { rules: PoolRules; now: Date }
): Promise<OpenCase[]> {
	const open = await cases
		.find({ chainId, status: { $nin: endedCases } })
		.sort({ since: 1, _id: 1 })
		.limit(mostCases)
		.lean();
	const found = await orders.find({ _id: { $in: open.map(({ _id }) => _id) } }, { status: 1 }).lean();
	const statusOf = new Map(found.map(({ _id, status }) => [_id, status]));
	return open.map((of) => {
		const status = statusOf.get(of._id) ?? null;
		return { of, status, duty: dutyOf(of, status, rules, now) };
	});
}
