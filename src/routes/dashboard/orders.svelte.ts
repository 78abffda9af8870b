import { live, type LiveQuery } from '#lib/client/live.svelte.ts';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { CaseDocument } from '#lib/domain/case.ts';
import { caseDeadline } from '#lib/domain/duties.ts';
import { isDue, type OrderDocument, type Party, type Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { ChainRow } from '#lib/domain/publications.ts';
import { m } from '#lib/paraglide/messages.js';
import { chainClockOf } from '#lib/ui/chain-clock.ts';
import { now } from '#lib/ui/clock.svelte.ts';
import { orderNumber } from '#lib/ui/format.ts';
import { perspectiveOf, type Perspective } from '#lib/ui/order-words.ts';
import { chainName, chainOf, tokenOf } from '#lib/ui/prices.ts';
import { reread } from '#lib/ui/reread.ts';
import { newestOf } from './newest.ts';

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

type LiveOrders = Pick<LiveQuery<'orders' | 'openOrders' | 'endedOrders'>, 'data' | 'status'>;

const statuses = ['denied', 'stale', 'loading', 'live'] as const;

/** The viewer's orders of a role that ended last. */
function ended(data: () => OrdersData, role: Party): LiveOrders {
	return live('endedOrders', () => (data().viewer === null ? null : { role }), {
		initial: () => data().orders.filter((order) => order.endedAt !== null && order[role] === data().viewer?.wallet)
	});
}

/**
 * The viewer's orders, kept true while the page is open. Call it while the component is made.
 * @param which those that have not ended and the latest that have, or those that the page was rendered with
 */
export function watchOrders(data: () => OrdersData, which: 'current' | 'shown' = 'current') {
	const parts: readonly LiveOrders[] =
		which === 'shown'
			? [
					live('orders', () => (data().viewer === null ? null : { ids: data().orders.map(({ _id }) => _id) }), {
						initial: () => data().orders
					})
				]
			: [
					live('openOrders', () => (data().viewer === null ? null : {}), {
						initial: () => data().orders.filter(({ endedAt }) => endedAt === null)
					}),
					ended(data, 'buyer'),
					ended(data, 'seller')
				];
	const all = $derived(newestOf(parts.flatMap((part) => part.data)));
	/** As true as the least true of the parts. */
	const status = $derived(statuses.find((one) => parts.some((part) => part.status === one)) ?? 'loading');
	const clocks = live('chains', () => ({}), { initial: () => data().clocks });
	const cases = live('cases', () => (data().viewer === null ? null : { open: true }), { initial: () => data().cases });
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
			return status;
		}
	};
}
