import type { ClientSession } from 'mongodb';
import type { Context } from '#lib/server/context.ts';

/** Units of a product that buyers have, and that live reservations keep. */
export type Stock = { sold: number; reserved: number };

/** An order that ended so gave its units back; one whose terms differ from the signed offer never was a sale. */
export const unsold = ['Cancelled', 'Expired'];

/**
 * Counts what is sold and reserved of each product, from `orders` and `reservations`: neither is stored.
 * @param ids of products
 * @param options.without a buyer whose own reservation is left out, because it is about to be replaced
 */
export async function countStock(
	context: Context,
	ids: readonly string[],
	options: { session?: ClientSession; without?: string } = {}
): Promise<Map<string, Stock>> {
	const { models } = context;
	const { session, without } = options;
	const sales = await models.orders
		.aggregate<{ _id: string; quantity: number }>([
			{ $match: { product: { $in: ids }, termsMatch: true, status: { $nin: unsold } } },
			{ $group: { _id: '$product', quantity: { $sum: '$quantity' } } }
		])
		.session(session ?? null);
	const reservations = await models.reservations
		.find({ product: { $in: ids }, expiresAt: { $gt: context.now() } })
		.session(session ?? null)
		.lean();

	// A reservation ends with the order that it was for. Orders are counted and not compared by time: the chain's
	// clock is not ours.
	const buyers = [...new Set(reservations.map(({ buyer }) => buyer))];
	const orders = await models.orders
		.aggregate<{ _id: { product: string; buyer: string }; count: number }>([
			{ $match: { product: { $in: ids }, buyer: { $in: buyers } } },
			{ $group: { _id: { product: '$product', buyer: '$buyer' }, count: { $sum: 1 } } }
		])
		.session(session ?? null);
	const ordersOf = new Map(orders.map(({ _id, count }) => [`${_id.product}:${_id.buyer}`, count]));

	const stock = new Map<string, Stock>(ids.map((id) => [id, { sold: 0, reserved: 0 }]));
	for (const { _id, quantity } of sales) stock.set(_id, { sold: quantity, reserved: 0 });
	for (const { product, buyer, quantity, ordersBefore } of reservations) {
		if (buyer === without || (ordersOf.get(`${product}:${buyer}`) ?? 0) > ordersBefore) continue;
		const counted = stock.get(product);
		if (counted) counted.reserved += quantity;
	}
	return stock;
}

/** Units that can still be bought; null where there is no limit. Never negative: orders on chain can oversell. */
export function availableUnits(stock: number | null, { sold, reserved }: Stock): number | null {
	return stock === null ? null : Math.max(0, stock - sold - reserved);
}
