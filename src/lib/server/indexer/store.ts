// What the indexer writes: events and their cursor, and in the same transaction all that follows from them.
import type { ClientSession } from 'mongoose';
import type { ChainConfig } from '#lib/chain/chains.ts';
import type { BlockHead } from '#lib/chain/client.ts';
import { orderEventOf } from '#lib/chain/decode.ts';
import { chainEventKey, type ChainEvent } from '#lib/domain/chain-event.ts';
import { noticesOf } from '#lib/domain/notice.ts';
import { orderKey, type Hex, type OrderDocument } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { ChainCursorDocument } from '#lib/server/db/models/chain-cursor.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { LeaseLost, leaseUntil, type Lease } from '#lib/server/indexer/lease.ts';
import { projectOrders, projectWithdrawals, type Projected } from '#lib/server/indexer/project.ts';

/** The cursor as its holder keeps it in memory: nobody else writes it. */
export type Cursor = Pick<
	ChainCursorDocument,
	'nextBlock' | 'notifyFrom' | 'genesis' | 'recent' | 'head' | 'finalThrough' | 'finalizedThrough'
>;

type CursorChange = Partial<Omit<ChainCursorDocument, '_id' | 'rev' | 'lease'>>;

/** Blocks that were read to their end, and what was in them. */
export type ReadRange = { events: ChainEvent[]; cursor: Cursor; state: ChainCursorDocument['state'] };

/** Makes the cursor of a chain that was never followed; one that is there stays as it is. */
export async function ensureCursor(context: Context, chain: ChainConfig, genesis: Hex, head: BlockHead): Promise<void> {
	const { chainId, deployedBlock } = chain;
	if (await context.models.chainCursors.exists({ _id: chainId })) return;
	await context.models.chainCursors
		.create({
			_id: chainId,
			state: 'catching-up',
			nextBlock: deployedBlock,
			notifyFrom: head.number + 1,
			genesis,
			recent: [],
			head: { number: head.number, hash: head.hash, time: head.time, seenAt: context.now() },
			finalThrough: -1,
			finalizedThrough: -1,
			lease: { holder: 'nobody', token: 0, until: new Date(0) }
		})
		.catch((error: unknown) => {
			// Another process made it in between.
			if ((error as { code?: number }).code !== 11_000) throw error;
		});
}

/**
 * Writes the cursor, and lengthens the lease.
 * @throws {LeaseLost} where another process has taken the chain over
 */
export async function writeCursor(
	context: Context,
	lease: Lease,
	change: CursorChange,
	session: ClientSession | null = null
): Promise<void> {
	const { matchedCount } = await context.models.chainCursors
		.updateOne(
			{ _id: lease.chainId, 'lease.token': lease.token },
			{ $set: { ...change, 'lease.until': leaseUntil(context) } }
		)
		.session(session);
	if (matchedCount === 0) throw new LeaseLost(lease.chainId);
}

/** Stores a range of blocks: its events, the orders that they change, whom to notify, and the cursor behind it. */
export async function storeRange(context: Context, lease: Lease, chain: ChainConfig, range: ReadRange): Promise<void> {
	const { cursor, state } = range;
	if (range.events.length === 0) {
		await writeCursor(context, lease, { ...cursor, state, lastError: null });
		return;
	}
	await inTransaction(context.db, async (session) => {
		// First, so that whoever lost the lease fails before any work.
		await writeCursor(context, lease, { ...cursor, state, lastError: null }, session);
		const events = await insertEvents(context, range.events, session);
		const orders = await projectOrders(context, chain, subjectsOf(events), session);
		await projectWithdrawals(context, events, session);
		await closeActions(context, events, session);
		await notify(
			context,
			events.filter(({ block }) => block >= cursor.notifyFrom),
			orders,
			session
		);
	});
}

function subjectsOf(events: readonly ChainEvent[]): Hex[] {
	const orderEvents = events.map(orderEventOf).filter((event) => event !== null);
	return [...new Set(orderEvents.map(({ orderId }) => orderId))];
}

/** Adds the events that are not there yet; one that is there in another block is there by mistake and is replaced. */
async function insertEvents(
	context: Context,
	events: readonly ChainEvent[],
	session: ClientSession
): Promise<ChainEvent[]> {
	const { chainEvents } = context.models;
	const documents = events.map((event) => ({ _id: chainEventKey(event), ...event, rev: 1 }));
	const ids = documents.map(({ _id }) => _id);
	const present = await chainEvents
		.find({ _id: { $in: ids } }, { blockHash: 1 })
		.session(session)
		.lean();
	const blockOf = new Map(present.map(({ _id, blockHash }) => [_id, blockHash]));
	const added = documents.filter(({ _id, blockHash }) => blockOf.get(_id) !== blockHash);
	const replaced = added.map(({ _id }) => _id).filter((id) => blockOf.has(id));
	if (replaced.length > 0) await chainEvents.deleteMany({ _id: { $in: replaced } }).session(session);
	if (added.length > 0) await chainEvents.insertMany(added, { session });
	return added;
}

async function closeActions(context: Context, events: readonly ChainEvent[], session: ClientSession): Promise<void> {
	const ids = [...new Set(events.map(({ chainId, txHash }) => `${chainId}:${txHash}`))];
	if (ids.length === 0) return;
	await context.models.pendingActions
		.updateMany(
			{ _id: { $in: ids }, state: { $ne: 'indexed' } },
			{ $set: { state: 'indexed', closedAt: context.now() } }
		)
		.session(session);
}

/** Puts what the events cause into the outbox, one row a cause however often the event is read. */
async function notify(
	context: Context,
	events: readonly ChainEvent[],
	orders: readonly Projected<OrderDocument>[],
	session: ClientSession
): Promise<void> {
	const { outbox } = context.models;
	const byKey = new Map(orders.map((order) => [order._id, order]));
	const rows = events.flatMap((event) => {
		const said = orderEventOf(event);
		const order = said && byKey.get(orderKey(event.chainId, said.orderId));
		if (!said || !order) return [];
		return noticesOf(order, said).map(({ wallet, kind }) => outboxRow(context, event, order, wallet, `order-${kind}`));
	});
	if (rows.length === 0) return;

	const ids = rows.map(({ _id }) => _id);
	const present = await outbox
		.find({ _id: { $in: ids } }, { _id: 1, takenBack: 1 })
		.session(session)
		.lean();
	const known = new Set(present.map(({ _id }) => _id));
	const takenBack = present.filter((row) => row.takenBack).map(({ _id }) => _id);
	const added = rows.filter(({ _id }) => !known.has(_id));
	if (added.length > 0) await outbox.insertMany(added, { session });
	// What was announced, and taken back after a reorganisation, holds again: it is announced again, by the same row.
	if (takenBack.length > 0)
		await outbox
			.updateMany(
				{ _id: { $in: takenBack } },
				{ $set: { takenBack: false, state: 'waiting', attempts: 0, nextAttemptAt: context.now() } }
			)
			.session(session);
}

function outboxRow(
	context: Context,
	event: ChainEvent,
	order: Pick<OrderDocument, '_id' | 'amount' | 'token'>,
	wallet: OutboxDocument['wallet'],
	kind: string
): Omit<OutboxDocument, 'rev' | 'createdAt' | 'updatedAt'> {
	const { chainId, txHash } = event;
	return {
		// Not of the log's index: the same transaction can come back with another one after a reorganisation.
		_id: `${chainId}:${txHash}:${event.subject}:${kind}:${wallet}`,
		wallet,
		kind,
		order: order._id,
		data: { amount: order.amount, token: order.token },
		cause: { chainId, txHash },
		takenBack: false,
		state: 'waiting',
		attempts: 0,
		nextAttemptAt: context.now(),
		lastError: null
	};
}

/**
 * Takes back every block from `cursor.nextBlock` on: events are deleted, their orders folded anew, actions are open
 * again; what was not sent yet is not sent, and what was is followed by a correction.
 */
export async function takeBack(context: Context, lease: Lease, chain: ChainConfig, cursor: Cursor): Promise<number> {
	const { chainId } = chain;
	const { chainEvents, outbox, payouts, pendingActions } = context.models;
	return inTransaction(context.db, async (session) => {
		await writeCursor(context, lease, { ...cursor, state: 'catching-up' }, session);
		const orphaned = await chainEvents
			.find({ chainId, block: { $gte: cursor.nextBlock } })
			.session(session)
			.lean();
		if (orphaned.length === 0) return 0;

		await chainEvents.deleteMany({ chainId, block: { $gte: cursor.nextBlock } }).session(session);
		await projectOrders(context, chain, subjectsOf(orphaned), session);
		const withdrawals = orphaned.filter(({ name }) => name === 'Withdrawn').map(({ _id }) => `${_id}:0`);
		if (withdrawals.length > 0) await payouts.deleteMany({ _id: { $in: withdrawals } }).session(session);

		const transactions = [...new Set(orphaned.map(({ txHash }) => txHash))];
		await pendingActions
			.updateMany(
				{ _id: { $in: transactions.map((txHash) => `${chainId}:${txHash}`) } },
				{ $set: { state: 'sent', closedAt: null } }
			)
			.session(session);

		const announced = await outbox
			.find({ 'cause.chainId': chainId, 'cause.txHash': { $in: transactions }, takenBack: false })
			.session(session)
			.lean();
		const unsent = announced.filter(({ state }) => state !== 'sent').map(({ _id }) => _id);
		const sent = announced.filter(({ state, kind }) => state === 'sent' && kind !== correction);
		if (unsent.length > 0) await outbox.deleteMany({ _id: { $in: unsent } }).session(session);
		if (sent.length > 0) {
			await outbox
				.updateMany({ _id: { $in: sent.map(({ _id }) => _id) } }, { $set: { takenBack: true } })
				.session(session);
			const place = orphaned[0]?.blockHash;
			await outbox.insertMany(
				sent.map(({ _id, wallet, order, data, kind, cause }) => ({
					_id: `${_id}:${correction}:${place}`,
					wallet,
					kind: correction,
					order,
					data: { ...data, kind },
					cause,
					takenBack: false,
					state: 'waiting',
					attempts: 0,
					nextAttemptAt: context.now(),
					lastError: null
				})),
				{ session }
			);
		}
		return orphaned.length;
	});
}

const correction = 'order-correction';

/**
 * Marks what has become final, and finalized, since; nothing is written where nothing has.
 * @param through the newest block that is
 */
export async function markFinal(
	context: Context,
	lease: Lease,
	chain: ChainConfig,
	through: { final: number; finalized: number }
): Promise<void> {
	const { chainId } = chain;
	const { chainEvents, payouts } = context.models;
	const newly = {
		$or: [
			{ chainId, final: false, block: { $lte: through.final } },
			{ chainId, finalized: false, block: { $lte: through.finalized } }
		]
	};
	if (!(await chainEvents.exists(newly))) return;

	await inTransaction(context.db, async (session) => {
		await writeCursor(context, lease, { finalThrough: through.final, finalizedThrough: through.finalized }, session);
		const events = await chainEvents.find(newly).session(session).lean();
		await chainEvents
			.updateMany({ chainId, final: false, block: { $lte: through.final } }, { $set: { final: true } })
			.session(session);
		await chainEvents
			.updateMany({ chainId, finalized: false, block: { $lte: through.finalized } }, { $set: { finalized: true } })
			.session(session);
		await projectOrders(context, chain, subjectsOf(events), session);
		const withdrawals = events.filter(({ name }) => name === 'Withdrawn').map(({ _id }) => `${_id}:0`);
		if (withdrawals.length > 0)
			await payouts.updateMany({ _id: { $in: withdrawals } }, { $set: { final: true } }).session(session);
	});
}
