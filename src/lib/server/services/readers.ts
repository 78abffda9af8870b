// Who may read what two people say to each other and put forward: they themselves, and whoever decides their dispute.
import type { ClientSession } from 'mongodb';
import { holdersOf } from '#lib/domain/case.ts';
import { grantingMilliseconds } from '#lib/domain/notice.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';
import { tell } from '#lib/server/services/outbox.ts';

/** An order as far as it says who may read of it: `mayReadOrder`. */
export type OrderReaders = Pick<
	OrderDocument,
	'_id' | 'chainId' | 'orderId' | 'buyer' | 'seller' | 'status' | 'arbitrators'
>;

/** @param id `chainId:orderId` @returns null where there is no such order */
export function findOrderReaders(context: Context, id: string): Promise<OrderReaders | null> {
	const fields = { chainId: 1, orderId: 1, buyer: 1, seller: 1, status: 1, arbitrators: 1 } as const;
	return context.models.orders.findOne({ _id: id }, fields).lean().exec();
}

/**
 * When the case about a conversation's order ended, by this node's clock: of what the two say later, whoever decided reads
 * nothing. Null while it has not.
 */
export async function caseEndOf(context: Context, conversation: string): Promise<Date | null> {
	const row = await context.models.conversations.findById(conversation, { caseEndedAt: 1 }).lean();
	return row?.caseEndedAt ?? null;
}

/** Whether a party still has to let somebody read who decides its dispute, and has keys to be given copies for. */
export async function isGrantMissing(
	context: Context,
	{ wallet, order }: Pick<OutboxDocument, 'wallet' | 'order'>,
	session: ClientSession
): Promise<boolean> {
	const { cases, conversations, keyLog, orderKeys } = context.models;
	const dispute = await cases.findById(order).session(session).lean();
	if (dispute === null) return false;
	const talk = await conversations.findOne({ order, product: null }, { _id: 1 }).session(session).lean();
	for (const holder of holdersOf(dispute)) {
		const keys = await keyLog.findOne({ wallet: holder }, { epoch: 1 }).sort({ epoch: -1 }).session(session).lean();
		if (keys === null) continue;
		const copy = { $elemMatch: { holder, epoch: keys.epoch } };
		const given = { conversation: talk?._id ?? '', maker: wallet, wraps: copy };
		if ((await orderKeys.exists(given).session(session)) === null) return true;
	}
	return false;
}

/** Somebody has new keys: whose disputes they decide are asked to give them copies. */
export async function askForGrants(
	context: Context,
	{ wallet, epoch }: { wallet: Wallet; epoch: number },
	session: ClientSession
): Promise<void> {
	const held = await context.models.cases.find({ holders: wallet }, { buyer: 1, seller: 1 }).session(session).lean();
	const after = new Date(context.now().getTime() + grantingMilliseconds);
	const news = held.flatMap(({ _id: order, buyer, seller }) =>
		[buyer, seller].map((party) => ({
			...{ id: `grant-asked:${order}:${wallet}:${epoch}:${party}`, wallet: party, order, data: {}, after },
			kind: 'grant-asked' as const
		}))
	);
	await tell(context, session, news);
}

/** What asked the wallet to let somebody read is read once it did. */
export async function readGrantNotices(
	context: Context,
	{ wallet, order }: { wallet: Wallet; order: string },
	session: ClientSession
): Promise<void> {
	await context.models.notifications.updateMany(
		{ wallet, readAt: null, kind: 'grant-asked', order },
		{ readAt: context.now() },
		{ session }
	);
}
