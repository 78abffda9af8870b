import type { Context } from '#lib/server/context.ts';
import { followChain, type Follower } from '#lib/server/indexer/follow.ts';

/** The indexers of this process, by chain id: each follows its chain while it holds the chain's lease. */
export type Indexer = { followers: ReadonlyMap<number, Follower>; stop: () => Promise<void> };

/** Starts following every chain; one that does not answer, or that stops, does not hold up the others. */
export function startIndexer(context: Context): Indexer {
	const followers = new Map([...context.chains].map(([chainId, chain]) => [chainId, followChain(context, chain)]));
	for (const follower of followers.values()) void follower.poll();
	return {
		followers,
		stop: async () => {
			await Promise.all([...followers.values()].map((follower) => follower.stop()));
		}
	};
}
