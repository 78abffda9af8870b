import type { OrderStatus } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { readListing } from '#lib/server/services/listing-cache.ts';
import { searchMarket } from '#lib/server/services/market.ts';

/** What this market holds now. */
export type Figures = {
	/** One sum a token; sums of two tokens are never added. Base units of the token. */
	held: { chain: string; symbol: string; decimals: number; amount: string }[];
	openOrders: number;
	listings: number;
	/** Wallets that can be drawn to judge, on whatever chain. */
	arbitrators: number;
	/** Milliseconds from a dispute's opening to its first ruling, of the latest ones; null before there was any. */
	medianRuling: number | null;
	/** Rulings that were carried out, and those of them that a panel had not overturned. */
	rulings: { final: number; upheld: number };
	/** Orders so far, and those of them that came to a dispute. */
	orders: number;
	disputed: number;
};

const open: OrderStatus[] = ['Created', 'SellerConfirmed', 'Disputed'];
/** More would tell of how it was long ago. */
const rulingsCounted = 200;

/** Counts what is in escrow and for sale, as far as this node has followed its chains. */
export function readFigures(context: Context): Promise<Figures> {
	return readListing(context, 'figures', () => countFigures(context));
}

async function countFigures(context: Context): Promise<Figures> {
	const { orders, arbitrators, cases } = context.models;
	const carriedOut = { status: 'Finalised' } as const;
	const [live, { total: listings }, drawable, medianRuling, final, overturned, all, disputed] = await Promise.all([
		orders.find({ status: { $in: open } }, { chainId: 1, token: 1, amount: 1 }).lean(),
		searchMarket(context, { limit: 1 }),
		arbitrators.distinct('wallet', { status: 'Active' }),
		readMedianRuling(context),
		cases.countDocuments(carriedOut),
		cases.countDocuments({ ...carriedOut, overturned: true }),
		orders.estimatedDocumentCount(),
		// An order has one case at most.
		cases.estimatedDocumentCount()
	]);
	const sums = new Map<string, bigint>();
	for (const { chainId, token, amount } of live) {
		const key = `${chainId}:${token}`;
		sums.set(key, (sums.get(key) ?? 0n) + BigInt(amount));
	}
	const held = context.config.chains.flatMap((chain) =>
		chain.tokens.flatMap(({ address, symbol, decimals }) => {
			const amount = sums.get(`${chain.chainId}:${address.toLowerCase()}`);
			return amount === undefined ? [] : [{ chain: chain.name, symbol, decimals, amount: amount.toString() }];
		})
	);
	const rulings = { final, upheld: final - overturned };
	return {
		held,
		openOrders: live.length,
		listings,
		arbitrators: drawable.length,
		medianRuling,
		rulings,
		orders: all,
		disputed
	};
}

async function readMedianRuling({ models }: Context): Promise<number | null> {
	const ruled = await models.cases
		.find({ arbitrators: { $elemMatch: { ruledAt: { $ne: null } } } }, { openedAt: 1, arbitrators: 1 })
		.sort({ openedAt: -1 })
		.limit(rulingsCounted)
		.lean();
	const lengths = ruled
		.flatMap(({ openedAt, arbitrators }) => {
			const ruledAt = arbitrators.find((arbitrator) => arbitrator.ruledAt !== null)?.ruledAt;
			return ruledAt ? [ruledAt.getTime() - openedAt.getTime()] : [];
		})
		.sort((a, b) => a - b);
	return lengths[Math.floor(lengths.length / 2)] ?? null;
}
