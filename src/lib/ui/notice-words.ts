// What a notice says and where it leads. The sentences hold nothing of what it is about: they leave the site as well.
import type { NoticeChannel, NoticeKind, NoticeTopic } from '#lib/domain/notice.ts';
import { parseConversationId } from '#lib/domain/conversation.ts';
import type { NoticeRow } from '#lib/domain/publications.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Locale } from '#lib/paraglide/runtime.js';

type Sentence = (inputs: Record<never, never>, options?: { locale?: Locale }) => string;

/** What happened on a chain to an order; the rest has kinds of its own. */
const orderSentences: Readonly<Record<string, Sentence>> = {
	'order-created': m.notice_order_created,
	'order-confirmed': m.notice_order_confirmed,
	'order-completed': m.notice_order_completed,
	'order-cancelled': m.notice_order_cancelled,
	'order-expired': m.notice_order_expired,
	'order-extended': m.notice_order_extended,
	'order-disputed': m.notice_order_disputed,
	'order-evidence': m.notice_order_evidence,
	'order-settled': m.notice_order_settled,
	'order-ruled': m.notice_order_ruled,
	'order-stalemated': m.notice_order_stalemated,
	'order-deferred': m.notice_order_deferred,
	'order-correction': m.notice_order_correction
};

const sentences: Readonly<Record<Exclude<NoticeKind, 'email-verify'>, Sentence>> = {
	message: m.notice_message,
	review: m.notice_review,
	'review-reply': m.notice_review_reply,
	'search-found': m.notice_search_found,
	'seller-listed': m.notice_seller_listed,
	'listing-hidden': m.notice_listing_hidden,
	'listing-restored': m.notice_listing_restored,
	'profile-hidden': m.notice_profile_hidden,
	'profile-restored': m.notice_profile_restored,
	'review-hidden': m.notice_review_hidden,
	'review-restored': m.notice_review_restored,
	'report-decided': m.notice_report_decided,
	'arbitrator-drawn': m.notice_arbitrator_drawn,
	'panel-drawn': m.notice_panel_drawn,
	'grant-asked': m.notice_grant_asked,
	'duty-due': m.notice_duty_due,
	'timeout-due': m.notice_timeout_due,
	'seat-due': m.notice_seat_due,
	'ruling-due': m.notice_ruling_due,
	'vote-due': m.notice_vote_due,
	'vote-open': m.notice_vote_open,
	test: m.notice_test
};

/** What happened, as a sentence for its reader. @param locale of whoever reads it elsewhere; else that of the page */
export function noticeSentence(kind: string, locale?: Locale): string {
	return (sentences[kind as keyof typeof sentences] ?? orderSentences[kind] ?? m.notice_other)(
		{},
		locale === undefined ? {} : { locale }
	);
}

/** What concerns whoever decides a case. */
const ofJudges: ReadonlySet<unknown> = new Set<NoticeKind>([
	'arbitrator-drawn',
	'panel-drawn',
	'ruling-due',
	'vote-due',
	'vote-open'
]);

/** The page that shows what a notice is about. */
export function noticeHref({ kind, order, data }: Pick<NoticeRow, 'kind' | 'order' | 'data'>): string {
	const text = (key: string) => (typeof data[key] === 'string' ? encodeURIComponent(data[key]) : '');
	if (kind === 'message') {
		if (order !== null) return `/dashboard/orders/${order}#talk`;
		return parseConversationId(String(data.conversation)) === null
			? '/dashboard/messages'
			: `/dashboard/messages/${String(data.conversation)}`;
	}
	// What a correction takes back leads where it led.
	const about = kind === 'order-correction' ? data.kind : kind;
	if (order !== null && ofJudges.has(about)) return `/arbitrator/case/${order}`;
	if (order !== null && kind === 'duty-due' && data.party === false) return `/arbitrator/case/${order}`;
	if (order !== null) return `/dashboard/orders/${order}${kind === 'grant-asked' ? '#h-readers' : ''}`;
	if (kind === 'seat-due') return `/arbitrator?chain=${Number(data.chainId)}`;
	if (kind === 'test') return '/settings#h-notices';
	if (kind.startsWith('listing-')) return `/sell/${text('id')}`;
	if (kind.startsWith('profile-')) return `/profile/${text('id')}`;
	// A review's id is its order's and its author.
	if (kind.startsWith('review-')) return `/dashboard/orders/${String(data.id).split(':', 2).join(':')}`;
	if (text('product')) return `/product/${text('product')}`;
	return '/dashboard/notifications';
}

const topics: Readonly<Record<NoticeTopic, Sentence>> = {
	orders: m.notices_topic_orders,
	disputes: m.notices_topic_disputes,
	messages: m.notices_topic_messages,
	reviews: m.notices_topic_reviews,
	searches: m.notices_topic_searches,
	sellers: m.notices_topic_sellers,
	moderation: m.notices_topic_moderation
};

/** What a kind of notices is called where it is switched on and off. */
export function topicWords(topic: NoticeTopic): string {
	return topics[topic]({});
}

const channels: Readonly<Record<NoticeChannel, Sentence>> = {
	email: m.notices_email,
	push: m.notices_push,
	webhook: m.notices_webhook
};

/** What a way of being told is called. */
export function channelWords(channel: NoticeChannel): string {
	return channels[channel]({});
}
