import { waitingOf } from '#lib/domain/earnings.ts';
import { paymentsOf } from '#lib/server/services/earnings.ts';
import { loadOrders } from './load-orders.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('holdfast:orders');
	const { context, actor } = locals;
	const [orders, payments] = await Promise.all([loadOrders(locals), actor === null ? [] : paymentsOf(context, actor)]);
	return { ...orders, waiting: waitingOf(payments) };
};
