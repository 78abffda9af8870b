import { isDue, partyOf, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatMoney } from '#lib/ui/format.ts';
import { badgeOf } from '#lib/ui/order-words.ts';
import type { OrderLine } from './orders.svelte.ts';

/** Something that waits for the viewer: why, and what the button says. */
export type Todo = { why: string; go: string };

/** What an order needs of its viewer now; null where it is somebody else's turn. */
export function todoOf({ order, who, time, unaddressed }: Omit<OrderLine, 'title' | 'due' | 'ahead'>): Todo | null {
	const { me, buyer, seller, chain } = who;
	const money = formatMoney(order.amount, who.token);
	const due = isDue(order, time);
	if (order.status === 'Created') {
		if (me === 'seller')
			return { why: m.dashboard_todo_deliver({ money, chain, buyer }), go: m.dashboard_go_deliver() };
		if (me === 'buyer' && due) return { why: m.dashboard_todo_refund({ money, chain }), go: m.dashboard_go_refund() };
		if (unaddressed) return { why: m.parcel_todo({ money, chain, seller }), go: m.parcel_todo_go() };
	}
	if (order.status === 'SellerConfirmed') {
		if (me === 'buyer') return { why: m.dashboard_todo_check({ money, chain, seller }), go: m.dashboard_go_check() };
		if (me === 'seller' && due)
			return { why: m.dashboard_todo_release({ money, chain }), go: m.dashboard_go_release() };
	}
	return null;
}

/** The badge of an order in a list: what the viewer has to say first comes before what the chain waits for. */
export function lineBadge({ order, who, due, unaddressed }: OrderLine): ReturnType<typeof badgeOf> {
	if (unaddressed && !due) return { tone: 'turn', icon: 'hand', words: m.parcel_badge() };
	return badgeOf(order.status, due, who);
}

/** An amount of one token on one chain, from so many orders. Amounts of two tokens are never added. */
export type Sum = { chainId: number; token: Wallet; amount: bigint; orders: number };

function sumBy(orders: readonly OrderDocument[], amountOf: (order: OrderDocument) => bigint): Sum[] {
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

const waiting = ['Created', 'SellerConfirmed', 'Disputed'];

/** Where the viewer's money is: paid in by them, and on its way to them. */
export function balances(orders: readonly OrderDocument[], viewer: Wallet) {
	const live = orders.filter(({ status }) => waiting.includes(status));
	return {
		paid: sumBy(live, (order) => (partyOf(order, viewer) === 'buyer' ? BigInt(order.amount) : 0n)),
		coming: sumBy(live, (order) => (partyOf(order, viewer) === 'seller' ? BigInt(order.amount) : 0n))
	};
}

/** What was paid to the viewer for sales since a time: one sum a token, and the steps of the largest. */
export function salesSince(orders: readonly OrderDocument[], viewer: Wallet, since: number) {
	const sales = orders
		.filter(({ seller, endedAt }) => seller === viewer && endedAt !== null && endedAt.getTime() >= since)
		.map((order) => ({ order, amount: saleOf(order, viewer) }))
		.filter(({ amount }) => amount > 0n)
		.sort((a, b) => a.order.endedAt!.getTime() - b.order.endedAt!.getTime());
	const sums = sumBy(
		sales.map(({ order }) => order),
		(order) => saleOf(order, viewer)
	);
	const first = sums[0];
	let total = 0n;
	const steps = sales
		.filter(({ order }) => first && order.chainId === first.chainId && order.token === first.token)
		.map(({ order, amount }) => ({ at: order.endedAt!.getTime(), total: (total += amount) }));
	return { sums, steps };
}

function saleOf(order: OrderDocument, viewer: Wallet): bigint {
	return order.payouts
		.filter(({ kind, wallet }) => wallet === viewer && (kind === 'sale' || kind === 'split'))
		.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
