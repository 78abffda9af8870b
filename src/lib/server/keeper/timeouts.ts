import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { ChainClient } from '#lib/chain/client.ts';
import { isDue, type Hex, type OrderStatus } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { gasLimit, type KeeperCall, type Sender } from './sender.ts';

/** Orders of one transaction at most. */
const batchSize = 40;
/** Overdue disputes that one pass looks at. */
const mostDisputes = 1_000;

/** Gives back or pays out what is due on a chain, up to a batch. @param now the chain's time */
export async function endOverdue(context: Context, chain: ChainClient, sender: Sender, now: Date): Promise<void> {
	const due = await overdue(context, chain, { statuses: ['Created', 'SellerConfirmed'], now, limit: batchSize });
	const ids = due.map(({ orderId }) => orderId);
	await processTimeouts(chain, sender, ids);
}

/**
 * Halves what nobody ruled on, and the pool itself does not halve: up to a batch. A ruling is never undone here, however
 * late it is: the step that carries rulings out has more to do than fits into a pass, or met with a fault that passes.
 * @param now the chain's time
 */
export async function forceStalemates(context: Context, chain: ChainClient, sender: Sender, now: Date): Promise<void> {
	const disputed = await overdue(context, chain, { statuses: ['Disputed'], now, limit: mostDisputes });
	if (disputed.length === 0) return;
	// After 30 days the pool takes no first ruling: where there is none by the escrow's deadline, none comes.
	const undecided = new Set(
		await context.models.cases.distinct('_id', { _id: { $in: disputed.map(({ _id }) => _id) }, ruling: null })
	);
	const ids: Hex[] = [];
	for (const { orderId } of disputed.filter(({ _id }) => undecided.has(_id)).slice(0, batchSize)) {
		const halve: KeeperCall = {
			...{ address: chain.config.pool, abi: arbitratorPoolAbi },
			...{ functionName: 'breakStalemate', args: [orderId], about: orderId }
		};
		// The pool does the same, and frees whoever was drawn: that is left to the step that moves cases on.
		if ((await sender.simulate(halve)) === null) ids.push(orderId);
	}
	await processTimeouts(chain, sender, ids);
}

/** Orders whose deadline is over, the longest first. */
async function overdue(
	{ models }: Context,
	{ config: { chainId } }: ChainClient,
	{ statuses, now, limit }: { statuses: readonly OrderStatus[]; now: Date; limit: number }
) {
	const orders = await models.orders
		.find({ chainId, status: { $in: statuses }, deadline: { $lt: now } }, { orderId: 1, status: 1, deadline: 1 })
		.sort({ deadline: 1 })
		.limit(limit)
		.lean();
	return orders.filter((order) => isDue(order, now));
}

/** Sends as many of them as one transaction may end. */
async function processTimeouts({ config }: ChainClient, sender: Sender, due: readonly Hex[]): Promise<void> {
	let ids = due;
	while (ids.length > 0) {
		const call: KeeperCall = {
			address: config.escrow,
			abi: p2pEscrowAbi,
			functionName: 'processTimeouts',
			args: [ids],
			about: `${ids.length} orders`
		};
		const simulated = await sender.simulate(call);
		if (simulated === null || simulated.result === 0n) return;
		if (simulated.gas <= gasLimit || ids.length === 1) {
			await sender.send(call, simulated.gas);
			return;
		}
		ids = ids.slice(0, Math.ceil(ids.length / 2));
	}
}
