import type { CaseDocument } from '#lib/domain/case.ts';
import { dutyOf, gainersOf, isLeftToPeople } from '#lib/domain/duties.ts';
import { judgingOf, nextDuty, standingOf } from '#lib/domain/judging.ts';
import { isDue, type OrderDocument, type Party, type Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { SeatState } from '#lib/domain/seat.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Agenda } from '#lib/server/services/agenda.ts';
import { answerAsk, dutyWords, loserOf } from '#lib/ui/case-words.ts';
import { formatCount, formatMoney, orderNumber } from '#lib/ui/format.ts';
import { badgeOf } from '#lib/ui/order-words.ts';
import { missingStake } from '#lib/ui/seat-words.ts';
import type { OrderLine } from './orders.svelte.ts';

/** Something that waits for the viewer: why, what the button says, and the part of the order's page that it leads to. */
export type Todo = { why: string; go: string; part?: string };

/** What a dispute asks of one of its sides besides a turn of the order's, and by when. */
type DisputeAsk = Todo & { ask: 'answer' | 'grant'; part: string; until: Date };

/** What is known of an order besides itself. */
type Marks = Pick<Agenda, 'reviewed' | 'oversold' | 'isKept'>;

/** How many orders at most ask for a review at once, the latest ended. */
const reviewsAtOnce = 3;

/** What an order needs of its viewer now; null where it is somebody else's turn. */
export function todoOf(
	{ order, who, time, unaddressed, dispute }: Omit<OrderLine, 'title' | 'due' | 'ahead' | 'until'>,
	{ reviewed, oversold, isKept }: Marks
): Todo | null {
	const { me, buyer, seller, chain } = who;
	const money = formatMoney(order.amount, who.token);
	const due = isDue(order, time);
	if (order.status === 'Created') {
		if (me === 'seller' && oversold.includes(order._id))
			return { why: m.dashboard_todo_oversold({ money, chain, buyer }), go: m.dashboard_go_oversold() };
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
	if (dispute !== null && me !== null) return disputeTodo(dispute, order, me, { time, isKept });
	// The chain may still take back an end that is not confirmed, and a review with it.
	if (order.endedAt !== null && order.final && me !== null && !reviewed.includes(order._id)) {
		const name = me === 'buyer' ? seller : buyer;
		return { why: m.dashboard_todo_review({ name }), go: m.dashboard_go_review(), part: '#reviews' };
	}
	return null;
}

/** What a dispute needs of one of its two sides now: an appeal while there can be one, or a call that is due. */
function disputeTodo(
	{ case: of, rules }: NonNullable<OrderLine['dispute']>,
	order: OrderDocument,
	me: Party,
	{ time, isKept }: { time: Date; isKept: boolean }
): Todo | null {
	const part = '#h-dispute';
	const duty = dutyOf(of, order.status, rules, time);
	if (duty !== null && isLeftToPeople(duty, time, isKept) && gainersOf(of, duty.call).includes(order[me])) {
		const { label, more } = dutyWords(duty.call);
		return { why: more, go: label, part };
	}
	if (of.status === 'Ruled' && duty === null && loserOf(of) === order[me])
		return { why: m.dashboard_todo_appeal(), go: m.dashboard_go_appeal(), part };
	return null;
}

/** What a dispute waits for from one of its two sides before it is decided: its answer, and its keys. */
function disputeAsks(
	{ order, dispute, time, until }: Pick<OrderLine, 'order' | 'dispute' | 'time' | 'until'>,
	{ unanswered, ungranted }: Pick<Agenda, 'unanswered' | 'ungranted'>
): DisputeAsk[] {
	if (dispute === null) return [];
	const asks: DisputeAsk[] = [];
	const answer = unanswered.includes(order._id) ? answerAsk(dispute.case, dispute.rules, time) : null;
	if (answer !== null) {
		const why = `${m.notice_order_disputed()} ${answer.why}`;
		asks.push({ ask: 'answer', why, go: m.dashboard_go_answer(), part: '#h-evidence', until: answer.until });
	}
	if (ungranted.includes(order._id))
		asks.push({ ask: 'grant', why: m.notice_grant_asked(), go: m.reader_let(), part: '#h-readers', until });
	return asks;
}

/** One thing that needs the viewer, wherever it is done. */
export type TodoEntry = Todo & {
	key: string;
	href: string;
	/** Milliseconds by the clock of what it is about, which is so much ahead of the reader's; null: no hurry. */
	until: number | null;
	ahead: number;
	title: string;
	/** What it is about, where that is an order. */
	line: OrderLine | null;
};

/** What a stake needs of its arbitrator; null where there is nothing to do, or nothing but to wait. */
export function seatTodo(
	seat: { chainId: number; stake: string },
	state: SeatState,
	rules: { minimumStake: string },
	{ token, chain }: { token: { symbol: string; decimals: number }; chain: string }
): TodoEntry | null {
	const { chainId } = seat;
	const stake = formatMoney(seat.stake, token);
	const entry = {
		...{ key: `seat:${chainId}`, href: `/arbitrator?chain=${chainId}`, until: null, ahead: 0, line: null }
	};
	switch (state) {
		case 'due':
			return {
				...{ ...entry, title: m.seat_todo_due(), go: m.seat_activate() },
				why: m.seat_todo_due_why({ stake, chain })
			};
		case 'low': {
			const missing = formatMoney(missingStake(seat, rules), token);
			return {
				...{ ...entry, title: m.seat_todo_low(), go: m.seat_add() },
				why: m.seat_todo_low_why({ missing, chain })
			};
		}
		case 'free':
			return {
				...{ ...entry, title: m.seat_free(), go: m.seat_todo_free_go() },
				why: m.seat_todo_free_why({ stake, chain })
			};
		default:
			return null;
	}
}

/** What a case asks of whoever was drawn for it; null where there is nothing to do now. */
export function caseTodo(
	{ dispute, title }: { dispute: CaseDocument; title: string },
	rules: PoolRules,
	wallet: Wallet,
	{ time, ahead }: { time: Date; ahead: number }
): TodoEntry | null {
	const judging = judgingOf(dispute, wallet, rules);
	const due = judging && nextDuty(judging);
	if (due === null) return null;
	const standing = standingOf(due.window, time);
	// Both sides can be read before the ruling is open; a vote that cannot be shown yet asks for nothing.
	if (standing === 'over' || (standing === 'early' && due.duty !== 'rule')) return null;
	const go = {
		rule: standing === 'early' ? m.bench_queue_read : m.bench_queue_rule,
		commit: m.bench_queue_vote,
		reveal: m.bench_queue_show
	}[due.duty];
	return {
		...{ key: `case:${dispute._id}`, href: `/arbitrator/case/${dispute._id}`, ahead, line: null },
		until: due.window.until.getTime(),
		title: title || m.bench_title({ number: orderNumber(dispute.caseId) }),
		why: m.dashboard_todo_judge(),
		go: go()
	};
}

/**
 * Everything that needs the viewer: what has a deadline first, the nearest first; then stakes, messages and reviews.
 * @param others what stakes and cases need, see {@link seatTodo} and {@link caseTodo}
 */
export function todosOf(
	lines: readonly OrderLine[],
	agenda: Omit<Agenda, 'seats' | 'rules' | 'queue'>,
	others: readonly TodoEntry[] = []
): TodoEntry[] {
	const ofDisputes = lines.flatMap((line) =>
		disputeAsks(line, agenda).map(({ ask, part, until, ...asked }): TodoEntry => {
			const { order, ahead, title } = line;
			const at = { key: `${order._id}:${ask}`, href: `/dashboard/orders/${order._id}${part}` };
			return { ...asked, ...at, until: until.getTime(), ahead, title, line };
		})
	);
	const ofOrders = lines.flatMap((line): TodoEntry[] => {
		const todo = todoOf(line, agenda);
		if (todo === null) return [];
		const { order, ahead, title } = line;
		const until = order.endedAt === null ? line.until.getTime() : null;
		return [
			{ ...todo, key: order._id, href: `/dashboard/orders/${order._id}${todo.part ?? ''}`, until, ahead, title, line }
		];
	});
	const ofListings = agenda.expiring.map(({ id, title, validUntil }): TodoEntry => ({
		...{ key: id, href: `/sell/${id}`, until: validUntil.getTime(), ahead: 0, line: null },
		title: title || m.listing_untitled(),
		why: m.dashboard_todo_expiring(),
		go: m.dashboard_go_expiring()
	}));
	const reviews = ofOrders
		.filter(({ until }) => until === null)
		.sort((a, b) => b.line!.order.endedAt!.getTime() - a.line!.order.endedAt!.getTime())
		.slice(0, reviewsAtOnce);
	const messages: TodoEntry[] =
		agenda.unread === 0
			? []
			: [
					{
						...{ key: 'unread', href: '/dashboard/messages', until: null, ahead: 0, line: null },
						title: m.dashboard_todo_unread({ n: agenda.unread, count: formatCount(agenda.unread) }),
						why: m.dashboard_todo_unread_more(),
						go: m.dashboard_go_unread()
					}
				];
	const urgent = [...ofOrders, ...ofDisputes, ...ofListings, ...others]
		.filter(({ until }) => until !== null)
		.sort((a, b) => a.until! - a.ahead - (b.until! - b.ahead));
	return [...urgent, ...others.filter(({ until }) => until === null), ...messages, ...reviews];
}

/** The badge of an order in a list: what the viewer has to say first comes before what the chain waits for. */
export function lineBadge({ order, who, due, unaddressed }: OrderLine): ReturnType<typeof badgeOf> {
	if (unaddressed && !due) return { tone: 'turn', icon: 'hand', words: m.parcel_badge() };
	return badgeOf(order.status, due, who);
}
