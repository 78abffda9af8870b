// Who may read what two people say to each other and put forward: they themselves, and whoever decides their dispute.
import type { ClientSession } from 'mongodb';
import { decidingOf, type CaseDocument } from '#lib/domain/case.ts';
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

/** Ids of those disputes in which a party still has to let somebody read who decides, and has keys to be given copies for. */
export async function missingGrants(
	{ models: { conversations, keyLog, orderKeys } }: Context,
	party: Wallet,
	disputes: readonly CaseDocument[],
	session: ClientSession | null = null
): Promise<string[]> {
	const holders = [...new Set(disputes.flatMap(decidingOf))];
	if (holders.length === 0) return [];
	const about = { order: { $in: disputes.map(({ order }) => order) }, product: null };
	const keys = await keyLog
		.find({ wallet: { $in: holders } }, { wallet: 1, epoch: 1 })
		.session(session)
		.lean();
	const talks = await conversations.find(about, { order: 1 }).session(session).lean();
	const made = { conversation: { $in: talks.map(({ _id }) => _id) }, maker: party };
	const sets = await orderKeys.find(made, { conversation: 1, wraps: 1 }).session(session).lean();

	const newest = new Map<Wallet, number>();
	for (const { wallet, epoch } of keys) newest.set(wallet, Math.max(epoch, newest.get(wallet) ?? 0));
	const orderOf = new Map(talks.map(({ _id, order }) => [_id, order]));
	const given = new Set(
		sets.flatMap(({ conversation, wraps }) =>
			wraps.map(({ holder, epoch }) => `${orderOf.get(conversation)}:${holder}:${epoch}`)
		)
	);
	const lacksOne = (dispute: CaseDocument) =>
		decidingOf(dispute).some((holder) => {
			const epoch = newest.get(holder);
			return epoch !== undefined && !given.has(`${dispute.order}:${holder}:${epoch}`);
		});
	return disputes.filter(lacksOne).map(({ order }) => order);
}

/** Whether a party still has to let somebody read who decides its dispute. */
export async function isGrantMissing(
	context: Context,
	{ wallet, order }: Pick<OutboxDocument, 'wallet' | 'order'>,
	session: ClientSession
): Promise<boolean> {
	const dispute = await context.models.cases.findById(order).session(session).lean();
	return dispute !== null && (await missingGrants(context, wallet, [dispute], session)).length > 0;
}

/** Somebody has new keys: whose disputes they decide are asked to give them copies. */
export async function askForGrants(
	context: Context,
	{ wallet, epoch }: { wallet: Wallet; epoch: number },
	session: ClientSession
): Promise<void> {
	const held = await context.models.cases.find({ holders: wallet }).session(session).lean();
	// Whoever ruled has no more to read.
	const deciding = held.filter((dispute) => decidingOf(dispute).includes(wallet));
	const after = new Date(context.now().getTime() + grantingMilliseconds);
	const news = deciding.flatMap(({ _id: order, buyer, seller }) =>
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
