// What the dashboard adds up of orders.
import { isLive, partyOf, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import type { EndedSale } from '#lib/server/services/order-lists.ts';

/** An amount of one token on one chain, from so many orders. Amounts of two tokens are never added. */
export type Sum = { chainId: number; token: Wallet; amount: bigint; orders: number };

function sumBy<Of extends Pick<OrderDocument, 'chainId' | 'token'>>(
	orders: readonly Of[],
	amountOf: (order: Of) => bigint
): Sum[] {
	const sums = new Map<string, Sum>();
	for (const order of orders) {
		const amount = amountOf(order);
		if (amount === 0n) continue;
		const key = `${order.chainId}:${order.token}`;
		const sum = sums.get(key) ?? { chainId: order.chainId, token: order.token, amount: 0n, orders: 0 };
		sums.set(key, { ...sum, amount: sum.amount + amount, orders: sum.orders + 1 });
	}
	return [...sums.values()].sort((a, b) => b.orders - a.orders);
}

/** Where the viewer's money is: paid in by them, and on its way to them. */
export function balances(orders: readonly OrderDocument[], viewer: Wallet) {
	const live = orders.filter(isLive);
	return {
		paid: sumBy(live, (order) => (partyOf(order, viewer) === 'buyer' ? BigInt(order.amount) : 0n)),
		coming: sumBy(live, (order) => (partyOf(order, viewer) === 'seller' ? BigInt(order.amount) : 0n))
	};
}

/** What was paid to the seller for sales, in the order of their ends: one sum a token, and the steps of the largest. */
export function sumSales(sales: readonly EndedSale[], seller: Wallet) {
	const paid = sales.map((sale) => ({ ...sale, amount: saleOf(sale, seller) })).filter(({ amount }) => amount > 0n);
	const sums = sumBy(paid, ({ amount }) => amount);
	const first = sums[0];
	let total = 0n;
	const steps = paid
		.filter(({ chainId, token }) => chainId === first?.chainId && token === first.token)
		.map(({ endedAt, amount }) => ({ at: endedAt.getTime(), total: (total += amount) }));
	return { sums, steps };
}

function saleOf({ payouts }: EndedSale, seller: Wallet): bigint {
	return payouts
		.filter(({ kind, wallet }) => wallet === seller && (kind === 'sale' || kind === 'split'))
		.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
