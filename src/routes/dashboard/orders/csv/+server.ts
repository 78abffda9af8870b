import { error } from '@sveltejs/kit';
import { csvOf } from '#lib/domain/csv.ts';
import { formatAmount } from '#lib/domain/money.ts';
import { moneyAt, partyOf, type OrderDocument } from '#lib/domain/order.ts';
import { readOrderSearch } from '#lib/domain/order-search.ts';
import { labelsOf } from '#lib/server/services/labels.ts';
import { listOrders } from '#lib/server/services/order-lists.ts';
import { zoneOf } from '#lib/domain/zone.ts';
import { asked } from '../search.ts';
import type { RequestHandler } from './$types';

const head = [
	'order',
	'chain',
	'role',
	'buyer',
	'seller',
	'listing',
	'quantity',
	'amount',
	'token',
	'status',
	'money with',
	'created (UTC)',
	'deadline (UTC)',
	'ended (UTC)'
];

/**
 * `GET` → the orders of whoever is signed in, all pages of them, as CSV (RFC 4180); the query is that of their page; amounts
 * in whole tokens, times in UTC.
 */
export const GET: RequestHandler = async ({ locals, url, cookies }) => {
	const { actor, context } = locals;
	if (actor === null) error(401, { message: 'not-signed-in', code: 'not-signed-in' });
	const wanted = asked(readOrderSearch(url.searchParams), zoneOf(cookies.get('zone')));
	const orders: OrderDocument[] = [];
	let cursor: string | undefined;
	do {
		const page = await listOrders(context, actor, { ...wanted, cursor, limit: 100 });
		orders.push(...page.items);
		cursor = page.next ?? undefined;
	} while (cursor !== undefined);
	const labels = await labelsOf(
		context,
		orders.map(({ product }) => product)
	);

	const rows = orders.map((order) => {
		const chain = context.chains.get(order.chainId)?.config;
		const token = chain?.tokens.find(({ address }) => address.toLowerCase() === order.token);
		return [
			order.orderId,
			chain?.name ?? order.chainId,
			partyOf(order, actor.wallet),
			order.buyer,
			order.seller,
			order.product && labels.get(order.product)?.title,
			order.quantity,
			token ? formatAmount(order.amount, token.decimals) : order.amount,
			token?.symbol ?? order.token,
			order.status,
			moneyAt(order),
			order.createdAt.toISOString(),
			order.deadline.toISOString(),
			order.endedAt?.toISOString()
		];
	});
	return new Response(csvOf([head, ...rows]), {
		headers: {
			'content-type': 'text/csv; charset=utf-8',
			'content-disposition': 'attachment; filename="orders.csv"',
			'cache-control': 'private, no-store'
		}
	});
};
