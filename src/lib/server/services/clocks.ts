import type { ChainClient } from '#lib/chain/client.ts';
import { chainTime } from '#lib/domain/order.ts';
import type { ChainRow } from '#lib/domain/publications.ts';
import type { Context } from '#lib/server/context.ts';

/** How far this node has followed each chain, as the live query `chains` shows it. */
export async function chainRows(context: Context): Promise<ChainRow[]> {
	const cursors = await context.models.chainCursors.find().sort({ _id: 1 }).lean();
	return cursors.map(({ _id, rev, state, reason, head, nextBlock, lastError }) => ({
		_id: String(_id),
		rev,
		chainId: _id,
		state,
		reason,
		head: head.number,
		headTime: head.time,
		seenAt: head.seenAt,
		lag: Math.max(0, head.number + 1 - nextBlock),
		error: lastError
	}));
}

/** A chain's time while this node follows it; null elsewhere: what it knows then was true long ago. */
export async function followedTime(context: Context, chainId: number): Promise<Date | null> {
	const head = await followedHead(context, chainId);
	return head && chainTime({ headTime: head.time, seenAt: head.seenAt }, context.now());
}

/** How far a chain may be ahead of what is read of it: some blocks, and a poll. */
const mostBehind = 5 * 60_000;

/**
 * As {@link followedTime}, by the chain itself: null too on a node that was off and has yet to read what happened
 * meanwhile. Until it does, its last word is that it follows.
 */
export async function timeAtHead(context: Context, { config, block }: ChainClient): Promise<Date | null> {
	const latest = await block('latest');
	const head = await followedHead(context, config.chainId);
	if (latest === null || head === null || latest.time.getTime() - head.time.getTime() > mostBehind) return null;
	return chainTime({ headTime: head.time, seenAt: head.seenAt }, context.now());
}

async function followedHead({ models }: Context, chainId: number) {
	const cursor = await models.chainCursors.findById(chainId, { head: 1, state: 1 }).lean();
	return cursor?.state === 'following' ? cursor.head : null;
}
