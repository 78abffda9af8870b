import type { CaseDocument } from '#lib/domain/case.ts';
import { challengeable, conflictIn } from '#lib/domain/conflict.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';

/** An earlier order between somebody who was drawn and a party. */
export type Conflict = { wallet: Wallet; orderId: Hex; createdAt: Date };

/** Looked at for one case; one of them is enough. */
const mostOrders = 50;

/**
 * The earlier orders that this node knows and that would take somebody off the case, the oldest first. Whoever may read
 * the case may read them: a chain tells everybody who bought from whom.
 */
export async function conflictsOf(context: Context, dispute: CaseDocument): Promise<Conflict[]> {
	const drawn = challengeable(dispute);
	if (drawn.length === 0) return [];
	const parties = [dispute.buyer, dispute.seller];
	const found = await context.models.orders
		.find({
			chainId: dispute.chainId,
			createdAt: { $lt: dispute.openedAt },
			$or: [
				{ buyer: { $in: drawn }, seller: { $in: parties } },
				{ buyer: { $in: parties }, seller: { $in: drawn }, confirmed: true }
			]
		})
		.sort({ createdAt: 1 })
		.limit(mostOrders)
		.lean();
	return found.flatMap((order) => {
		const wallet = conflictIn(dispute, order);
		return wallet === null ? [] : [{ wallet, orderId: order.orderId, createdAt: order.createdAt }];
	});
}
