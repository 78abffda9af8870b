import type { Context } from '#lib/server/context.ts';
import { followChain, type Follower } from '#lib/server/indexer/follow.ts';
import type { TestChain } from '#tests/support/chain.ts';

/** A new indexer of a chain of the context, as a new process would start one; whoever asks for it stops it. */
export function followTestChain(context: Context, { config }: TestChain): Follower {
	const client = context.chains.get(config.chainId);
	if (client === undefined) throw new Error('The chain is not in the context');
	return followChain(context, client);
}
