import { loadOrders } from './load-orders.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, depends }) => {
	depends('holdfast:orders');
	return loadOrders(locals);
};
