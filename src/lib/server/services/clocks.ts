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
	const cursor = await context.models.chainCursors.findById(chainId, { head: 1, state: 1 }).lean();
	if (cursor === null || cursor.state !== 'following') return null;
	return chainTime({ headTime: cursor.head.time, seenAt: cursor.head.seenAt }, context.now());
}
