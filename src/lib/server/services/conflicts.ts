import type { CaseDocument } from '#lib/domain/case.ts';
import { challengeable, conflictIn, provesBefore } from '#lib/domain/conflict.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';

/** An earlier order between somebody who was drawn and a party. */
export type Conflict = { wallet: Wallet; orderId: Hex; createdAt: Date };

/**
 * One earlier order for each who would be taken off the case by it, the latest that this node knows. Whoever may read the
 * case may read them: a chain tells everybody who bought from whom.
 */
export async function conflictsOf(context: Context, dispute: CaseDocument): Promise<Conflict[]> {
	const parties = [dispute.buyer, dispute.seller];
	const found = await Promise.all(
		challengeable(dispute).map((drawn) =>
			context.models.orders
				.findOne({
					chainId: dispute.chainId,
					createdAt: { $lt: provesBefore(dispute) },
					$or: [
						{ buyer: drawn, seller: { $in: parties } },
						{ buyer: { $in: parties }, seller: drawn, confirmed: true }
					]
				})
				.sort({ createdAt: -1 })
				.lean()
		)
	);
	return found.flatMap((order) => {
		if (order === null) return [];
		const wallet = conflictIn(dispute, order);
		return wallet === null ? [] : [{ wallet, orderId: order.orderId, createdAt: order.createdAt }];
	});
}
