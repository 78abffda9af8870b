import { readOrderSearch } from '#lib/domain/order-search.ts';
import { forPage } from '#lib/server/problem.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { countOrders, listOrders } from '#lib/server/services/order-lists.ts';
import { describeOrders, noOrders } from '../load-orders.ts';
import { asked } from './search.ts';
import type { PageServerLoad } from './$types';

const pageSize = 50;

export const load: PageServerLoad = ({ locals, url: { searchParams }, parent, depends }) => {
	depends('holdfast:orders');
	const { context, actor, requestId } = locals;
	return forPage(requestId, async () => {
		const search = readOrderSearch(searchParams);
		const cursor = searchParams.get('cursor') ?? undefined;
		const [clocks, { zone }] = await Promise.all([chainRows(context), parent()]);
		const none = { ...noOrders, next: null, counts: { all: 0, buyer: 0, seller: 0 } };
		if (actor === null) return { ...none, search, clocks };
		const wanted = asked(search, zone);
		const { role: _role, ...ofAny } = wanted;
		const [{ items, next }, counts] = await Promise.all([
			listOrders(context, actor, { ...wanted, cursor, limit: pageSize }),
			countOrders(context, actor, ofAny)
		]);
		return { ...(await describeOrders(context, actor, items)), next, counts, search, clocks };
	});
};
