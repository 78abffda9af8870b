import type { Case, CaseEvent } from './case.ts';
import type { Order, OrderEvent, OrderEventKind, Wallet } from './order.ts';

/** What a wallet can be told of, but for what happens to its orders on a chain (`order-` and the event's kind). */
export type NoticeKind =
	| 'message'
	| 'review'
	| 'review-reply'
	| 'search-found'
	| 'seller-listed'
	| 'listing-hidden'
	| 'listing-restored'
	| 'profile-hidden'
	| 'profile-restored'
	| 'review-hidden'
	| 'review-restored'
	| 'report-decided'
	| 'arbitrator-drawn'
	| 'panel-drawn'
	| 'grant-asked'
	| 'duty-due'
	| 'timeout-due'
	| 'seat-due'
	| 'ruling-due'
	| 'vote-due'
	| 'vote-open'
	| 'test'
	| 'email-verify';

/** What of its notices a wallet may switch off, a channel at a time. */
export const noticeTopics = ['orders', 'disputes', 'messages', 'reviews', 'searches', 'sellers', 'moderation'] as const;
export type NoticeTopic = (typeof noticeTopics)[number];

/** Where a notice goes beside the notifications on the site, which always get it. */
export const noticeChannels = ['email', 'push', 'webhook'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** Hours of the day, `22:00`, in a zone; `from` may be later than `to`: over midnight. */
export type QuietHours = { from: string; to: string; zone: string };

const ofDisputes: readonly string[] = [
	'order-disputed',
	'order-evidence',
	'order-ruled',
	'order-stalemated',
	'duty-due',
	'seat-due',
	'ruling-due',
	'vote-due',
	'vote-open',
	'arbitrator-drawn',
	'panel-drawn',
	'grant-asked'
];

/** What a notice is about; null for what cannot be switched off. */
export function topicOf(kind: string): NoticeTopic | null {
	if (ofDisputes.includes(kind)) return 'disputes';
	if (kind.startsWith('order-') || kind === 'timeout-due') return 'orders';
	if (kind === 'message') return 'messages';
	if (kind === 'review' || kind === 'review-reply') return 'reviews';
	if (kind === 'search-found') return 'searches';
	if (kind === 'seller-listed') return 'sellers';
	if (kind === 'test' || kind === 'email-verify') return null;
	return 'moderation';
}

/**
 * As what a notice may go out, the likeliest first. What somebody follows and searches for alike is told once, and goes
 * wherever one of the two is wanted.
 */
export function kindsOf(kind: string, data: Readonly<Record<string, unknown>>): string[] {
	return kind === 'seller-listed' && data.search !== undefined ? [kind, 'search-found'] : [kind];
}

/**
 * When the quiet hours end that a time lies in; null outside of them. Goes by the clock on the wall: a night in which
 * clocks are changed is an hour longer or shorter.
 */
export function quietUntil(quiet: QuietHours, now: Date): Date | null {
	const at = minutesOf(wallClock(now, quiet.zone));
	const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
	const isQuiet = from <= to ? at >= from && at < to : at >= from || at < to;
	if (!isQuiet) return null;
	const minute = Math.floor(now.getTime() / 60_000) * 60_000;
	const end = minute + ((to - at + 1440) % 1440) * 60_000;
	// Clocks changed in between: what the wall says then is what counts.
	const off = ((minutesOf(wallClock(new Date(end), quiet.zone)) - to + 2160) % 1440) - 720;
	return new Date(end - off * 60_000);
}

function wallClock(time: Date, zone: string): string {
	return new Intl.DateTimeFormat('en-GB', {
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
		timeZone: zone
	}).format(time);
}

function minutesOf(clock: string): number {
	const [hours, minutes] = clock.split(':').map(Number);
	return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** Something that a wallet wants to hear about its order. */
export type OrderNotice = { wallet: Wallet; kind: OrderEventKind };

/**
 * Whom an event of the order concerns: each party that did not send it itself, and whoever's payment was refused.
 * @param order after the event
 */
export function noticesOf(order: Pick<Order, 'buyer' | 'seller'>, event: OrderEvent): OrderNotice[] {
	if (event.kind === 'deferred') return [{ wallet: event.payee, kind: event.kind }];
	if (event.kind === 'disputeClosed') return [];
	const sender = event.kind === 'created' ? event.buyer : 'by' in event ? event.by : null;
	return [order.buyer, order.seller]
		.filter((wallet) => wallet !== sender)
		.map((wallet) => ({ wallet, kind: event.kind }));
}

/** Whose page is open lets whoever was drawn read by itself within that time, and is not asked to. */
export const grantingMilliseconds = 60_000;

/** Something that a wallet is to be told of a dispute. */
type CaseNotice = { wallet: Wallet; kind: NoticeKind };

/**
 * Whom a draw concerns: whoever was drawn, and the two, whose keys are to be given to them. Everything else that happens
 * in a case is an event of its order too.
 */
export function caseNoticesOf({ buyer, seller }: Pick<Case, 'buyer' | 'seller'>, event: CaseEvent): CaseNotice[] {
	const asked = [buyer, seller].map((wallet): CaseNotice => ({ wallet, kind: 'grant-asked' }));
	if (event.kind === 'drawn') return [{ wallet: event.arbitrator, kind: 'arbitrator-drawn' }, ...asked];
	if (event.kind !== 'panelDrawn') return [];
	return [...event.panel.map((wallet): CaseNotice => ({ wallet, kind: 'panel-drawn' })), ...asked];
}
