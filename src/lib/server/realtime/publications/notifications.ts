import { z } from 'zod';
import type { UnreadNoticesRow } from '#lib/domain/publications.ts';
import type { NotificationDocument } from '#lib/server/db/models/notification.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';
import { noticeRow } from '#lib/server/services/notices.ts';

/** What the viewer was told, the newest first. */
export const notifications: Publication<'notifications'> = {
	name: 'notifications',
	collection: 'notifications',
	params: z.strictObject({}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }) => ({ filter: { wallet }, sort: { at: -1, _id: -1 }, limit: 50, keys: [`wallet:${wallet}`] }),
	keys: (document) => [`wallet:${(document as NotificationDocument).wallet}`],
	show: (document, { wallet }) => {
		const notice = document as NotificationDocument;
		return notice.wallet === wallet ? noticeRow(notice) : null;
	}
};

/** How much of it is not read. Only what is not read routes. */
export const unreadNotices: Publication<'unreadNotices'> = {
	name: 'unreadNotices',
	collection: 'notifications',
	params: z.strictObject({}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }) => ({
		filter: { wallet, readAt: null },
		keys: [`unread-notices:${wallet}`],
		count: 'unread-notices'
	}),
	keys: (document) => {
		const { wallet, readAt } = document as NotificationDocument;
		return readAt === null ? [`unread-notices:${wallet}`] : [];
	},
	show: (document) => ({ ...(document as UnreadNoticesRow) })
};
