import { agendaOf } from '#lib/server/services/agenda.ts';
import { countPayouts, waitingFor } from '#lib/server/services/earnings.ts';
import { loadOrders, loadSales } from './load-orders.ts';
import { noAgenda } from './no-agenda.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('holdfast:orders');
	const { context, actor } = locals;
	const orders = await loadOrders(locals);
	if (actor === null) return { ...orders, waiting: [], payouts: 0, agenda: noAgenda, sales: null };
	const payouts = await countPayouts(context, actor);
	const [waiting, agenda, sales] = await Promise.all([
		waitingFor(context, actor),
		agendaOf(context, actor, orders.orders),
		loadSales(context, actor, orders.clocks)
	]);
	return { ...orders, waiting, payouts, agenda, sales };
};
