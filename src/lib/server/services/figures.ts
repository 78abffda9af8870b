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
};

const open: OrderStatus[] = ['Created', 'SellerConfirmed', 'Disputed'];

/** Counts what is in escrow and for sale, as far as this node has followed its chains. */
export function readFigures(context: Context): Promise<Figures> {
	return readListing(context, 'figures', () => countFigures(context));
}

async function countFigures(context: Context): Promise<Figures> {
	const { orders } = context.models;
	const [live, { total: listings }] = await Promise.all([
		orders.find({ status: { $in: open } }, { chainId: 1, token: 1, amount: 1 }).lean(),
		searchMarket(context, { limit: 1 })
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
	return { held, openOrders: live.length, listings };
}
