import type { OrderDocument } from '#lib/domain/order.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { disputedOrders, disputesAbout, type OrderDisputes } from '#lib/server/services/disputes.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import { listOrders } from '#lib/server/services/order-lists.ts';
import { ordersWithoutAddress } from '#lib/server/services/parcels.ts';

type Context = App.Locals['context'];
type Actor = NonNullable<App.Locals['actor']>;

/** What a page for whoever just visits is rendered from. */
export const noOrders = {
	...{ orders: [] as OrderDocument[], titles: {}, names: {}, unaddressed: [] as string[] },
	...({ cases: [], rules: {} } satisfies OrderDisputes as OrderDisputes)
};

/** What the dashboard is rendered from: the newest orders, and older ones in dispute; all of it empty for a visitor. */
export async function loadOrders({ context, actor }: App.Locals) {
	const clocks = await chainRows(context);
	if (actor === null) return { ...noOrders, clocks };
	const [{ items }, disputed] = await Promise.all([
		listOrders(context, actor, { limit: 100 }),
		disputedOrders(context, actor)
	]);
	const newest = new Set(items.map(({ _id }) => _id));
	const orders = [...items, ...disputed.filter(({ _id }) => !newest.has(_id))];
	return { ...(await describeOrders(context, actor, orders)), clocks };
}

/** Orders with what their page calls things and people. */
export async function describeOrders(context: Context, actor: Actor, orders: OrderDocument[]) {
	const ids = orders.map(({ product }) => product);
	const [labels, names, unaddressed, disputes] = await Promise.all([
		labelsOf(context, ids),
		namesOf(
			context,
			orders.flatMap(({ buyer, seller }) => [buyer, seller])
		),
		ordersWithoutAddress(context, actor, orders),
		disputesAbout(context, orders)
	]);
	// A listing that is gone is known not to be known: its title is not asked for again.
	const titles: Record<string, string> = {};
	for (const id of ids) if (id !== null) titles[id] = labels.get(id)?.title ?? '';
	return { orders, titles, names: names as Record<string, string>, unaddressed, ...disputes };
}
