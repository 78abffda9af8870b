import { NotFound } from '#lib/domain/errors.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';

/** The event in which a pool says its constants, as it is stored. */
type Created = PoolRules & { beacon: `0x${string}` };

/**
 * The constants of a chain's pool, as its first event says them.
 * @throws {NotFound} before the indexer has read that event
 */
export async function readPoolRules(context: Context, chainId: number): Promise<Created> {
	const created = await context.models.chainEvents
		.findOne({ chainId, contract: 'pool', name: 'PoolCreated' })
		.sort({ block: 1, logIndex: 1 })
		.lean();
	if (created === null) throw new NotFound({ what: 'pool', id: String(chainId) });
	return created.args.parameters as unknown as Created;
}

/** As {@link readPoolRules}; null while the indexer has not read that event. */
export function findPoolRules(context: Context, chainId: number): Promise<PoolRules | null> {
	return readPoolRules(context, chainId).catch((error: unknown) => {
		if (error instanceof NotFound) return null;
		throw error;
	});
}
