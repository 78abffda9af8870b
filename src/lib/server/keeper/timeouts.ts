// Ends orders whose deadline has passed, in the name of this node. Nobody depends on it: anyone can do the same.
import { createWalletClient, fallback, http, type Hash } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainClient } from '#lib/chain/client.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { chainTime, isDue } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';

/** Orders of one transaction at most. */
const batchSize = 40;
/** What one transaction may use at most; a batch that needs more is made smaller. */
const gasLimit = 5_000_000n;

/**
 * Sends one transaction a chain for the orders that are due there. It is simulated first; while the one before it waits,
 * none is sent. A chain that fails does not hold up the others.
 * @returns the transactions that were sent; none without a keeper's key
 */
export async function executeTimeouts(context: Context): Promise<Hash[]> {
	const sent: Hash[] = [];
	for (const [chainId, chain] of context.chains) {
		try {
			const hash = await executeOn(context, chain);
			if (hash !== null) sent.push(hash);
		} catch (error) {
			context.log.error({ err: error, chainId }, 'the keeper could not end what is due');
		}
	}
	return sent;
}

async function executeOn(context: Context, chain: ChainClient): Promise<Hash | null> {
	const { keeperKey } = context.config;
	const { chainId, escrow, rpcUrls } = chain.config;
	const cursor = await context.models.chainCursors.findById(chainId, { head: 1 }).lean();
	if (keeperKey === undefined || cursor === null) return null;

	const now = chainTime({ headTime: cursor.head.time, seenAt: cursor.head.seenAt }, context.now());
	const orders = await context.models.orders
		.find({ chainId, status: { $in: ['Created', 'SellerConfirmed', 'Disputed'] }, deadline: { $lt: now } })
		.sort({ deadline: 1 })
		.limit(batchSize)
		.lean();
	let ids = orders.filter((order) => isDue(order, now)).map(({ orderId }) => orderId);
	if (ids.length === 0) return null;

	const account = privateKeyToAccount(keeperKey);
	const { rpc } = chain;
	const [mined, known] = await Promise.all([
		rpc.getTransactionCount({ address: account.address, blockTag: 'latest' }),
		rpc.getTransactionCount({ address: account.address, blockTag: 'pending' })
	]);
	if (known > mined) return null;

	const call = { address: escrow, abi: p2pEscrowAbi, functionName: 'processTimeouts', account } as const;
	for (;;) {
		// Against the block that comes: the head can be older than the deadline.
		const { result: ended } = await rpc.simulateContract({ ...call, args: [ids], blockTag: 'pending' });
		if (ended === 0n) return null;
		const gas = await rpc.estimateContractGas({ ...call, args: [ids], blockTag: 'pending' });
		if (gas <= gasLimit || ids.length === 1) {
			const transport = fallback(rpcUrls.map((url) => http(url)));
			const hash = await createWalletClient({ account, transport }).writeContract({
				...call,
				args: [ids],
				chain: null,
				nonce: known,
				// A payment that is refused costs more than the estimate saw.
				gas: (gas * 5n) / 4n
			});
			context.log.info({ chainId, hash, orders: ids.length }, 'the keeper ended what is due');
			return hash;
		}
		ids = ids.slice(0, Math.ceil(ids.length / 2));
	}
}
