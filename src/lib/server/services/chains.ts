import { publicChain, type PublicChain } from '#lib/chain/chains.ts';
import type { Context } from '#lib/server/context.ts';
import { readJobs, readOutboxCounts } from '#lib/server/services/operations.ts';
import { readStoreHealth, type StoreHealth } from '#lib/server/services/store-health.ts';
import { tokensOf, type TokenTerms } from '#lib/server/services/tokens.ts';

/** How far this node is behind a chain. */
type ChainHealth = {
	chainId: number;
	name: string;
	/** `unknown` until the indexer looked at it first. */
	state: 'catching-up' | 'following' | 'stopped' | 'unknown';
	/** Why it stopped; null unless it did. */
	reason: string | null;
	/** The newest block seen. */
	head: number | null;
	/** Blocks between the head and what is in the database. */
	lag: number | null;
	lastError: string | null;
};

export type Health = {
	ok: boolean;
	database: { ok: boolean; milliseconds: number | null };
	chains: ChainHealth[];
	evidence: StoreHealth;
	/** How many jobs' last run failed; null where the database does not answer. */
	jobs: { ok: boolean; failed: number | null };
	/** What is to be told; null where the database does not answer. */
	outbox: { waiting: number | null; failed: number | null; oldestWaiting: Date | null };
};

/** The chains of this node as a browser may know them. */
export function publicChains(context: Context): PublicChain[] {
	return context.config.chains.map(publicChain);
}

/** Each chain with the terms on which its escrow takes tokens now. */
export function chainsWithTerms(context: Context): Promise<(PublicChain & { terms: TokenTerms[] })[]> {
	return Promise.all(
		publicChains(context).map(async (chain) => ({ ...chain, terms: await tokensOf(context, chain.chainId) }))
	);
}

/** Whether each thing that this node stands on answers. */
export async function readHealth(context: Context): Promise<Health> {
	const store = readStoreHealth(context);
	const started = performance.now();
	const cursors = await context.models.chainCursors
		.find()
		.maxTimeMS(2000)
		.lean()
		.catch(() => null);
	const milliseconds = cursors === null ? null : Math.round(performance.now() - started);

	const chains = context.config.chains.map(({ chainId, name }): ChainHealth => {
		const cursor = cursors?.find(({ _id }) => _id === chainId);
		if (cursor === undefined)
			return { chainId, name, state: 'unknown', reason: null, head: null, lag: null, lastError: null };
		const { state, reason, head, nextBlock, lastError } = cursor;
		const lag = Math.max(0, head.number - nextBlock + 1);
		return { chainId, name, state, reason, head: head.number, lag, lastError };
	});
	const [evidence, jobs, outbox] = await Promise.all([
		store,
		readJobs(context).then(
			(all) => all.filter(({ state }) => state === 'failed').length,
			() => null
		),
		readOutboxCounts(context).catch(() => ({ waiting: null, failed: null, oldestWaiting: null }))
	]);
	// A store that is down stops nothing: what is sent meanwhile waits for it, in this machine's folder.
	const ok = cursors !== null && chains.every(({ state }) => state !== 'stopped');
	const database = { ok: cursors !== null, milliseconds };
	return { ok, database, chains, evidence, jobs: { ok: jobs === 0, failed: jobs }, outbox };
}
