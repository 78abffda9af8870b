import type { ClientSession } from 'mongodb';
import type { NoticeKind } from '#lib/domain/notice.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';

/** Something that a wallet is to be told, that no chain caused. */
export type News = {
	/** Names the cause and the wallet: the same cause adds no second row. */
	id: string;
	wallet: Wallet;
	kind: NoticeKind;
	/** `chainId:orderId`, where it is about an order. */
	order?: string;
	/** What its sentence needs; nothing private, for it leaves this node by e-mail and push. */
	data: OutboxDocument['data'];
	/** Not to be told before; by then there may be nothing left to tell. */
	after?: Date;
};

/** Writes down what is to be told, in the transaction that causes it; notify delivers it. */
export async function tell(context: Context, session: ClientSession, news: readonly News[]): Promise<void> {
	if (news.length === 0) return;
	const rows = news.map(({ id, order, after, ...one }) => ({
		updateOne: {
			filter: { _id: id },
			update: {
				$setOnInsert: {
					...one,
					order: order ?? null,
					cause: null,
					takenBack: false,
					state: 'waiting' as const,
					attempts: 0,
					nextAttemptAt: after ?? context.now(),
					lastError: null,
					doneAt: null
				}
			},
			upsert: true
		}
	}));
	await context.models.outbox.bulkWrite(rows, { session });
}
