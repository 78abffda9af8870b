// What a wallet was told, as it reads it on the site.
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { NoticeRow } from '#lib/domain/publications.ts';
import { pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { NotificationDocument } from '#lib/server/db/models/notification.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { sha256 } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';

const listInput = z.strictObject({ ...pageInput, unread: z.boolean().default(false) });

/** The actor's notices, the newest first. @throws {InvalidInput} {BadCursor} */
export async function listNotices(
	context: Context,
	actor: Actor,
	input: z.input<typeof listInput>
): Promise<Page<NoticeRow>> {
	const { unread, ...page } = parseInput(listInput, input);
	const own = { wallet: actor.wallet, ...(unread && { readAt: null }) };
	const { items, next } = await readPage(context.models.notifications, own, { field: 'at', direction: -1 }, page);
	return { items: items.map(noticeRow), next };
}

/** How many of the actor's notices are not read. */
export async function countUnreadNotices(context: Context, actor: Actor): Promise<number> {
	return context.models.notifications.countDocuments({ wallet: actor.wallet, readAt: null });
}

export const readNoticesInput = z.union([
	z.strictObject({ ids: z.array(z.string().max(400)).min(1).max(100) }),
	z.strictObject({ all: z.literal(true) })
]);

/**
 * Notes that the actor has read some of its notices, or all of them.
 * @returns the revisions that this wrote, of those that were named
 * @throws {InvalidInput}
 */
export async function readNotices(
	context: Context,
	actor: Actor,
	input: z.input<typeof readNoticesInput>
): Promise<{ revs: Record<string, number> }> {
	const parsed = parseInput(readNoticesInput, input);
	const { notifications } = context.models;
	const named = 'ids' in parsed ? { _id: { $in: parsed.ids } } : {};
	await notifications.updateMany({ wallet: actor.wallet, readAt: null, ...named }, { readAt: context.now() });
	if (!('ids' in parsed)) return { revs: {} };
	const written = await notifications.find({ wallet: actor.wallet, ...named }, { rev: 1 }).lean();
	return { revs: Object.fromEntries(written.map(({ _id, rev }) => [_id, rev])) };
}

/** One of the actor's notices, by the name that it has outside this node; it counts as read. @throws {NotFound} */
export async function openNotice(context: Context, actor: Actor, input: { ref: string }): Promise<NoticeRow> {
	const found = await context.models.notifications.findOne({ wallet: actor.wallet, ref: input.ref }).lean();
	if (found === null) throw new NotFound({ what: 'notice', id: input.ref });
	if (found.readAt === null) await readNotices(context, actor, { ids: [found._id] });
	return noticeRow(found);
}

/** The notice of a conversation's messages is read with them. */
export async function readMessageNotices(
	context: Context,
	{ wallet, conversation }: { wallet: Wallet; conversation: string },
	session: ClientSession
): Promise<void> {
	await context.models.notifications.updateMany(
		{ wallet, readAt: null, kind: 'message', 'data.conversation': conversation },
		{ readAt: context.now() },
		{ session }
	);
}

/** A notice as its wallet sees it. */
export function noticeRow(document: NotificationDocument): NoticeRow {
	const { _id, rev, kind, order, data, at, readAt, takenBack } = document;
	return { _id, rev, kind, order, data, at, readAt, takenBack };
}

/** What a notice is called where others read it: in e-mails, by push services, at a webhook. */
export function noticeRef(id: string): string {
	return sha256(id).slice(0, 32);
}
