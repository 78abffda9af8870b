// What a pool asks of its arbitrators, and what it gave them lately.
import { sumAmounts, type Amount } from '#lib/domain/money.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';
import { readListing } from '#lib/server/services/listing-cache.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';
import { tokensOf, type TokenTerms } from '#lib/server/services/tokens.ts';

/** The pool of a chain as somebody sees it who thinks of becoming an arbitrator. */
export type PoolView = {
	chainId: number;
	/** Null while this node has not read the pool's first event. */
	rules: PoolRules | null;
	/** What a ruling pays follows from these. */
	terms: TokenTerms[];
	/** Who can be drawn now, what all of them weigh together, and what they have staked. */
	drawable: number;
	totalWeight: number;
	staked: Amount;
	/** Disputes that were opened in the last 30 days, and the middle one of their fees, a token a row. */
	lately: { cases: number; fees: { token: Wallet; amount: Amount }[] };
};

const lately = 30 * 86_400_000;

/** The pool of every chain that this node follows. */
export function readPools(context: Context): Promise<PoolView[]> {
	return readListing(context, 'pools', () =>
		Promise.all(context.config.chains.map(({ chainId }) => readPool(context, chainId)))
	);
}

async function readPool(context: Context, chainId: number): Promise<PoolView> {
	const { arbitrators, cases, chainCursors } = context.models;
	const cursor = await chainCursors.findById(chainId, { head: 1 }).lean();
	// By the chain's clock: a development chain's can be ahead.
	const since = new Date((cursor?.head.time ?? context.now()).getTime() - lately);
	const [rules, terms, members, opened] = await Promise.all([
		findPoolRules(context, chainId),
		tokensOf(context, chainId),
		arbitrators.find({ chainId, status: { $ne: 'Left' } }, { weight: 1, stake: 1 }).lean(),
		cases.find({ chainId, openedAt: { $gte: since } }, { token: 1, fee: 1 }).lean()
	]);
	const fees = [...Map.groupBy(opened, ({ token }) => token)].map(([token, rows]) => ({
		token,
		amount: rows.map(({ fee }) => fee).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))[rows.length >> 1] as Amount
	}));
	return {
		...{ chainId, rules, terms },
		drawable: members.filter(({ weight }) => weight > 0).length,
		totalWeight: members.reduce((sum, { weight }) => sum + weight, 0),
		staked: sumAmounts(members.map(({ stake }) => stake)).toString(),
		lately: { cases: opened.length, fees }
	};
}
