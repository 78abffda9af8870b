import { live } from '#lib/client/live.svelte.ts';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { CaseDocument } from '#lib/domain/case.ts';
import { caseDeadline } from '#lib/domain/duties.ts';
import { isDue, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { ChainRow } from '#lib/domain/publications.ts';
import { m } from '#lib/paraglide/messages.js';
import { chainClockOf } from '#lib/ui/chain-clock.ts';
import { now } from '#lib/ui/clock.svelte.ts';
import { orderNumber } from '#lib/ui/format.ts';
import { perspectiveOf, type Perspective } from '#lib/ui/order-words.ts';
import { chainName, chainOf, tokenOf } from '#lib/ui/prices.ts';
import { reread } from '#lib/ui/reread.ts';

/** What a page of orders is rendered from. */
export type OrdersData = {
	viewer: { wallet: Wallet } | null;
	chains: readonly PublicChain[];
	orders: OrderDocument[];
	clocks: ChainRow[];
	/** What is known of listings and of people, by id and by wallet. */
	titles: Record<string, string>;
	names: Record<string, string>;
	/** Purchases that wait for the viewer to say where to send them. */
	unaddressed: string[];
	/** The open disputes about them, and how disputes go, by chain. */
	cases: CaseDocument[];
	rules: Record<number, PoolRules>;
};

/** An order as a row of a list. */
export type OrderLine = {
	order: OrderDocument;
	who: Perspective;
	title: string;
	due: boolean;
	/** what it waits for is over then: its dispute's next deadline, while it has one */
	until: Date;
	/** the open dispute about it, and how disputes go on its chain */
	dispute: { case: CaseDocument; rules: PoolRules } | null;
	/** the chain's present time, and how far it is ahead of the reader's clock in milliseconds */
	time: Date;
	ahead: number;
	/** it is to be posted, and the viewer has not said where to */
	unaddressed: boolean;
};

/**
 * The viewer's orders, kept true while the page is open. Call it while the component is made.
 * @param which all of them, or those that the page was rendered with
 */
export function watchOrders(data: () => OrdersData, which: 'all' | 'shown' = 'all') {
	const params = () => {
		if (data().viewer === null) return null;
		return which === 'all' ? {} : { ids: data().orders.map(({ _id }) => _id) };
	};
	const orders = live('orders', params, { initial: () => data().orders });
	/** In dispute, and older than whatever the list of all of them goes back to. */
	const older = $derived(
		data().orders.filter(({ _id, status }) => status === 'Disputed' && !orders.data.some((order) => order._id === _id))
	);
	// By value: with each change of an order it is another list.
	const olderIds = $derived(older.map(({ _id }) => _id).join());
	const disputed = live('orders', () => (olderIds === '' ? null : { ids: olderIds.split(',') }), {
		initial: () => older
	});
	const all = $derived([
		...orders.data,
		...disputed.data.filter(({ _id }) => !orders.data.some((order) => order._id === _id))
	]);
	const clocks = live('chains', () => ({}), { initial: () => data().clocks });
	const cases = live('cases', () => (data().viewer === null ? null : {}), { initial: () => data().cases });
	function disputeOf(order: OrderDocument): OrderLine['dispute'] {
		const found = order.status === 'Disputed' ? cases.data.find(({ _id }) => _id === order._id) : undefined;
		const rules = data().rules[order.chainId];
		return found && rules ? { case: found, rules } : null;
	}

	const lines = $derived(
		all.map((order): OrderLine => {
			const { chains, viewer, names, titles } = data();
			const chain = chainOf(chains, order.chainId);
			const token = tokenOf(chain, order.token) ?? { symbol: m.token_unknown(), decimals: 0 };
			const who = perspectiveOf(
				order,
				viewer?.wallet ?? null,
				token,
				chainName(chains, order.chainId),
				(wallet) => names[wallet]
			);
			const { time, ahead } = chainClockOf(clocks.data, order.chainId, now());
			const title = (order.product && titles[order.product]) || m.order_title({ number: orderNumber(order.orderId) });
			const unaddressed = order.status === 'Created' && data().unaddressed.includes(order._id);
			const dispute = disputeOf(order);
			const until = (dispute && caseDeadline(dispute.case, dispute.rules, time)) ?? order.deadline;
			return { order, who, title, due: isDue(order, time), until, dispute, time, ahead, unaddressed };
		})
	);

	// An order that came while the page was open has a title that the page has not read yet.
	const unread = $derived(all.some(({ product }) => product !== null && !(product in data().titles)));
	$effect(() => {
		if (unread) void reread('holdfast:orders');
	});

	return {
		get lines() {
			return lines;
		},
		get status() {
			return orders.status;
		}
	};
}
