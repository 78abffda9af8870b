import type { OrderDocument } from '#lib/domain/order.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import { listOrders } from '#lib/server/services/orders.ts';
import { ordersWithoutAddress } from '#lib/server/services/parcels.ts';

/** What the pages of orders are rendered from; all of it empty for a visitor. */
export async function loadOrders({ context, actor }: App.Locals) {
	const clocks = await chainRows(context);
	if (actor === null) return { orders: [], titles: {}, names: {}, unaddressed: [], clocks };

	const [bought, sold] = await Promise.all(
		(['buyer', 'seller'] as const).map((role) => listOrders(context, actor, { role, limit: 100 }))
	);
	const orders: OrderDocument[] = [...(bought?.items ?? []), ...(sold?.items ?? [])].sort(
		(a, b) => b.createdAt.getTime() - a.createdAt.getTime()
	);
	const ids = orders.map(({ product }) => product);
	const [labels, names, unaddressed] = await Promise.all([
		labelsOf(context, ids),
		namesOf(
			context,
			orders.flatMap(({ buyer, seller }) => [buyer, seller])
		),
		ordersWithoutAddress(context, actor, orders)
	]);
	// A listing that is gone is known not to be known: its title is not asked for again.
	const titles: Record<string, string> = {};
	for (const id of ids) if (id !== null) titles[id] = labels.get(id)?.title ?? '';
	return { orders, titles, names: names as Record<string, string>, unaddressed, clocks };
}
