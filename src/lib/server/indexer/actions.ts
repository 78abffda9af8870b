import type { ChainClient } from '#lib/chain/client.ts';
import type { Context } from '#lib/server/context.ts';
import type { PendingActionDocument } from '#lib/server/db/models/pending-action.ts';

/**
 * Looks at what was sent and has no events yet: a transaction that reverted, that another one of the same sender and
 * nonce replaced, or that is in a block by now. One with events is closed together with them.
 * @param nextBlock the first block that was not read yet
 */
export async function reviewActions(context: Context, chain: ChainClient, nextBlock: number): Promise<void> {
	const { chainId } = chain.config;
	const open = await context.models.pendingActions.find({ chainId, state: { $in: ['sent', 'mined'] } }).lean();
	for (const action of open) {
		const state = await stateOf(chain, action, nextBlock);
		if (state === action.state) continue;
		const closedAt = state === 'sent' || state === 'mined' ? null : context.now();
		await context.models.pendingActions.updateOne(
			{ _id: action._id, state: action.state },
			{ $set: { state, closedAt } }
		);
	}
}

async function stateOf(
	chain: ChainClient,
	action: PendingActionDocument,
	nextBlock: number
): Promise<PendingActionDocument['state']> {
	// The nonce first: a transaction that is mined in between is then seen as mined, not as replaced.
	const used = await chain.nonce(action.actor);
	const transaction = await chain.transaction(action.txHash);
	const receipt = transaction?.receipt ?? null;
	if (receipt === null) return used > action.nonce ? 'replaced' : 'sent';
	if (!receipt.succeeded) return 'failed';
	// Its block was read: it had no event, so there is nothing to wait for.
	return receipt.block < nextBlock ? 'indexed' : 'mined';
}
