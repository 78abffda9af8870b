// What leaves this node, in its reader's language. It says that something happened and where to look, and nothing of what
// it is about: mailboxes and push services are read by others.
import type { Wallet } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import { baseLocale, isLocale, type Locale } from '#lib/paraglide/runtime.js';
import type { Context } from '#lib/server/context.ts';
import type { NoticeDeliveryDocument } from '#lib/server/db/models/notice-delivery.ts';
import { noticeRef } from '#lib/server/services/notices.ts';
import { noticeSentence } from '#lib/ui/notice-words.ts';

/** The language of a wallet's owner, as far as this site speaks it. */
export async function localeOf(context: Context, wallet: Wallet): Promise<Locale> {
	const user = await context.models.users.findById(wallet, { locale: 1 }).lean();
	const wanted = user?.locale ?? '';
	const language = wanted.split('-')[0] ?? '';
	return isLocale(wanted) ? wanted : isLocale(language) ? language : baseLocale;
}

/** The sentence of a delivery. */
export function sentenceOf({ kind, count }: Pick<NoticeDeliveryDocument, 'kind' | 'count'>, locale: Locale): string {
	if (count === 1) return noticeSentence(kind, locale);
	return m.notice_several({ n: count, count: new Intl.NumberFormat(locale).format(count) }, { locale });
}

/** Where it leads: to one notice, or to all of them. */
export function pathOf({ notice, count }: Pick<NoticeDeliveryDocument, 'notice' | 'count'>): string {
	const one = notice !== null && count === 1 ? `/${noticeRef(notice)}` : '';
	return `/dashboard/notifications${one}`;
}

/** This site's address for links: as configured, or else as the wallet's owner last saw it. */
export function siteOf(context: Context, contact: { site: string } | null): string {
	return context.config.origin ?? contact?.site ?? '';
}
