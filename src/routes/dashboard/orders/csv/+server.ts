import { error } from '@sveltejs/kit';
import { csvOf } from '#lib/domain/csv.ts';
import { formatAmount } from '#lib/domain/money.ts';
import { moneyAt, partyOf } from '#lib/domain/order.ts';
import { loadOrders } from '../../load-orders.ts';
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
	'created',
	'deadline',
	'ended'
];

/** `GET` → the orders of whoever is signed in, as CSV (RFC 4180); amounts in whole tokens, times in UTC. */
export const GET: RequestHandler = async ({ locals }) => {
	const { actor, context } = locals;
	if (actor === null) error(401, { message: 'not-signed-in', code: 'not-signed-in' });
	const { orders, titles } = await loadOrders(locals);

	const rows = orders.map((order) => {
		const chain = context.chains.get(order.chainId)?.config;
		const token = chain?.tokens.find(({ address }) => address.toLowerCase() === order.token);
		return [
			order.orderId,
			chain?.name ?? order.chainId,
			partyOf(order, actor.wallet),
			order.buyer,
			order.seller,
			order.product && titles[order.product],
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
