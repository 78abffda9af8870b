import type { ClientSession } from 'mongodb';
import type { OrderStatus } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { goodsId } from '#lib/server/db/models/goods.ts';

/**
 * Units of a product that buyers have, and that live reservations keep; and the licence keys that no order has or waits
 * for, null where none are sold.
 */
export type Stock = { sold: number; reserved: number; licences: number | null };

/** Of a product of which nothing was sold, nor limits what can be. */
export const noStock: Stock = { sold: 0, reserved: 0, licences: null };

/** An order that ended so gave its units back; one whose terms differ from the signed offer never was a sale. */
export const unsold: OrderStatus[] = ['Cancelled', 'Expired'];

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

	const stock = new Map<string, Stock>(ids.map((id) => [id, { ...noStock }]));
	for (const { _id, quantity } of sales) stock.set(_id, { ...noStock, sold: quantity });
	for (const [id, left] of await countLicences(context, ids, session)) stock.get(id)!.licences = left;
	for (const { product, buyer, quantity, ordersBefore } of reservations) {
		if (buyer === without || (ordersOf.get(`${product}:${buyer}`) ?? 0) > ordersBefore) continue;
		const counted = stock.get(product);
		if (counted) counted.reserved += quantity;
	}
	return stock;
}

/** Licence keys that no order has or waits for, of those of the products that sell some. */
async function countLicences(
	context: Context,
	ids: readonly string[],
	session: ClientSession | undefined
): Promise<Map<string, number>> {
	const { products, offers, orders, goods, licences } = context.models;
	const within = session ?? null;
	const selling = await products
		.find({ _id: { $in: ids }, 'goods.kind': 'licences' }, { goods: 1 })
		.session(within)
		.lean();
	const left = new Map<string, number>();
	// One after the other: a session does one thing at a time.
	for (const { _id: product, goods: sold } of selling) {
		if (sold === null) continue;
		const list = await goods.findById(goodsId(product, sold.root), { given: 1 }).session(within).lean();
		const terms = await offers.find({ product, 'content.goods.root': sold.root }, { _id: 1 }).session(within).lean();
		const under = { product, termsMatch: true, termsHash: { $in: terms.map(({ _id }) => _id) } };
		const [sales] = await orders
			.aggregate<{ quantity: number }>([
				{ $match: { ...under, status: { $nin: unsold } } },
				{ $group: { _id: null, quantity: { $sum: '$quantity' } } }
			])
			.session(within);
		const ended = await orders
			.find({ ...under, status: { $in: unsold } }, { _id: 1 })
			.session(within)
			.lean();
		// An order that ended after it had keys took them with it: nobody knows whether they were sent.
		const lost = await licences
			.find({ _id: { $in: ended.map(({ _id }) => _id) } }, { count: 1 })
			.session(within)
			.lean();
		const taken = lost.reduce((sum, { count }) => sum + count, sales?.quantity ?? 0);
		left.set(product, sold.count - Math.max(taken, list?.given ?? 0));
	}
	return left;
}

/** Units that can still be bought; null where there is no limit. Never negative: orders on chain can oversell. */
export function availableUnits(stock: number | null, { sold, reserved, licences }: Stock): number | null {
	const left = [
		...(stock === null ? [] : [stock - sold - reserved]),
		...(licences === null ? [] : [licences - reserved])
	];
	return left.length === 0 ? null : Math.max(0, Math.min(...left));
}
