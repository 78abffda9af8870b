import { dayMs } from '#lib/domain/days.ts';
import { chainTime, type OrderDocument } from '#lib/domain/order.ts';
import type { ChainRow } from '#lib/domain/publications.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { disputesAbout, type OrderDisputes } from '#lib/server/services/disputes.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import { currentOrders, salesEndedSince } from '#lib/server/services/order-lists.ts';
import { ordersWithoutAddress } from '#lib/server/services/parcels.ts';
import { sumSales } from './sums.ts';

type Context = App.Locals['context'];
type Actor = NonNullable<App.Locals['actor']>;

/** What a page for whoever just visits is rendered from. */
export const noOrders = {
	...{ orders: [] as OrderDocument[], titles: {}, names: {}, unaddressed: [] as string[] },
	...({ cases: [], rules: {} } satisfies OrderDisputes as OrderDisputes)
};

/** What the dashboard is rendered from: every order that has not ended, and the latest that have; empty for a visitor. */
export async function loadOrders({ context, actor }: App.Locals) {
	const clocks = await chainRows(context);
	if (actor === null) return { ...noOrders, clocks };
	return { ...(await describeOrders(context, actor, await currentOrders(context, actor))), clocks };
}

/** What was paid to the actor for the sales of the latest 30 days, however many there are. */
export async function loadSales(context: Context, actor: Actor, clocks: readonly ChainRow[]) {
	const now = context.now();
	// A development chain's clock can be ahead: the window ends with the latest of all.
	const to = Math.max(now.getTime(), ...clocks.map((clock) => chainTime(clock, now).getTime()));
	const from = to - 30 * dayMs;
	return { ...sumSales(await salesEndedSince(context, actor, new Date(from)), actor.wallet), from, to };
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
