import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { ChainClient } from '#lib/chain/client.ts';
import { isDue } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { gasLimit, type KeeperCall, type Sender } from './sender.ts';

/** Orders of one transaction at most. */
const batchSize = 40;

/** Ends the orders that are due on a chain, up to a batch. @param now the chain's time */
export async function endOverdue(context: Context, chain: ChainClient, sender: Sender, now: Date): Promise<void> {
	const { chainId, escrow } = chain.config;
	const orders = await context.models.orders
		.find({ chainId, status: { $in: ['Created', 'SellerConfirmed', 'Disputed'] }, deadline: { $lt: now } })
		.sort({ deadline: 1 })
		.limit(batchSize)
		.lean();
	let ids = orders.filter((order) => isDue(order, now)).map(({ orderId }) => orderId);
	while (ids.length > 0) {
		const call: KeeperCall = {
			address: escrow,
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
