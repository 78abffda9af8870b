import { defineJob, type Job } from '#jobs/agenda.ts';
import type { Indexer } from '#lib/server/indexer/start.ts';

/** One job a chain: whoever runs it goes on with the chain, or takes it over where its holder is gone. */
export function chainPolls({ followers }: Indexer): Job[] {
	return [...followers].map(([chainId, follower]) =>
		defineJob({ name: `chain-poll:${chainId}`, every: '5 seconds', run: () => follower.poll() })
	);
}
