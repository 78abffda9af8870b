import type { ProductQuery } from '#lib/domain/product.ts';
import type { OrderStatus } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { readListing } from '#lib/server/services/listing-cache.ts';
import { marketFilter } from '#lib/server/services/products.ts';

/** What this market holds now. */
export type Figures = {
	/** One sum a token; sums of two tokens are never added. Base units of the token. */
	held: { chain: string; symbol: string; decimals: number; amount: string }[];
	openOrders: number;
	listings: number;
};

const open: OrderStatus[] = ['Created', 'SellerConfirmed', 'Disputed'];

/** Counts what is in escrow and for sale, as far as this node has followed its chains. */
export async function readFigures(context: Context): Promise<Figures> {
	const { orders, products } = context.models;
	const [live, listings] = await Promise.all([
		orders.find({ status: { $in: open } }, { chainId: 1, token: 1, amount: 1 }).lean(),
		products.countDocuments(marketFilter({}))
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

/** How many listings a search finds, on all its pages. */
export async function countProducts(context: Context, query: ProductQuery): Promise<number> {
	const { sort: _sort, cursor: _cursor, limit: _limit, ...search } = query;
	const filter = marketFilter(search);
	return readListing(context, `count ${JSON.stringify(search)}`, () => context.models.products.countDocuments(filter));
}
