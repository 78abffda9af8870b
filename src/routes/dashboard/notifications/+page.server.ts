import { parseConversationId } from '#lib/domain/conversation.ts';
import type { NoticeRow } from '#lib/domain/publications.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { conversationLabels } from '#lib/server/services/labels.ts';
import { listNotices, readNotices } from '#lib/server/services/notices.ts';
import type { Actions, PageServerLoad } from './$types';

/** As many as the live query holds. */
const pageSize = 50;

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, url: { searchParams }, depends }) =>
	forPage(requestId, async () => {
		depends('holdfast:notices');
		const unread = searchParams.get('show') === 'unread';
		const cursor = searchParams.get('cursor');
		if (actor === null) return { notices: [], next: null, titles: {}, unread, isFirst: false };
		const { items: notices, next } = await listNotices(context, actor, {
			...{ unread, limit: pageSize },
			...(cursor !== null && { cursor })
		});
		const labels = await conversationLabels(
			context,
			notices.map(({ _id, order, data }) => ({ _id, order, product: productOf(data) }))
		);
		const titles = Object.fromEntries(Object.entries(labels).map(([id, { title }]) => [id, title]));
		return { notices, next, titles, unread, isFirst: cursor === null };
	});

export const actions: Actions = {
	read: async ({ request, locals }) => {
		const id = String((await request.formData()).get('id'));
		return forForm(() => readNotices(locals.context, requireActor(locals), { ids: [id] }));
	},
	readAll: ({ locals }) => forForm(() => readNotices(locals.context, requireActor(locals), { all: true }))
};

/** The listing that a notice is about, where it is not about an order. */
function productOf({ product, conversation }: NoticeRow['data']): string | null {
	if (typeof product === 'string') return product;
	const about = typeof conversation === 'string' ? parseConversationId(conversation) : null;
	return about?.kind === 'product' ? about.product : null;
}
