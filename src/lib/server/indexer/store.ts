// What the indexer writes: events and their cursor, and in the same transaction all that follows from them.
import type { ClientSession } from 'mongoose';
import type { ChainConfig } from '#lib/chain/chains.ts';
import type { BlockHead } from '#lib/chain/client.ts';
import { orderEventOf } from '#lib/chain/order-events.ts';
import { caseEventOf } from '#lib/chain/pool-events.ts';
import { chainEventKey, type ChainEvent } from '#lib/domain/chain-event.ts';
import { caseNoticesOf, grantingMilliseconds, noticesOf } from '#lib/domain/notice.ts';
import { orderKey, type Hex, type OrderDocument } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { ChainCursorDocument } from '#lib/server/db/models/chain-cursor.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { LeaseLost, leaseUntil, type Lease } from '#lib/server/indexer/lease.ts';
import { project, writeProjection, type EventChange, type Projected } from '#lib/server/indexer/project.ts';

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

/** Stores a range of blocks: its events, what they make of orders, whom to notify, and the cursor behind it. */
export async function storeRange(context: Context, lease: Lease, chain: ChainConfig, range: ReadRange): Promise<void> {
	const { cursor, state } = range;
	const change = { ...cursor, state, lastError: null };
	if (range.events.length === 0) return writeCursor(context, lease, change);

	const { models } = context;
	const actionIds = [...new Set(range.events.map(({ chainId, txHash }) => `${chainId}:${txHash}`))];
	const [events, open] = await Promise.all([
		newEvents(context, range.events),
		models.pendingActions.find({ _id: { $in: actionIds }, state: { $ne: 'indexed' } }, { _id: 1 }).lean()
	]);
	const projection = await project(context, chain, added(events.added));
	const news = await newsOf(
		context,
		events.added.filter(({ block }) => block >= cursor.notifyFrom),
		projection.orders
	);

	await inTransaction(context.db, async (session) => {
		// First, so that whoever lost the lease fails before any work.
		await writeCursor(context, lease, change, session);
		if (events.replaced.length > 0)
			await models.chainEvents.deleteMany({ _id: { $in: events.replaced } }).session(session);
		if (events.added.length > 0)
			await models.chainEvents.insertMany(
				events.added.map((event) => ({ _id: chainEventKey(event), ...event })),
				{ session }
			);
		await writeProjection(context, projection, session);
		if (open.length > 0)
			await models.pendingActions
				.updateMany(
					{ _id: { $in: open.map(({ _id }) => _id) } },
					{ $set: { state: 'indexed', closedAt: context.now() } }
				)
				.session(session);
		if (news.added.length > 0) await models.outbox.insertMany(news.added, { session });
		// A correction that nobody has heard yet would come after what it is no longer true of.
		for (const id of news.again)
			await models.outbox
				.deleteMany({ _id: { $gte: `${id}:${correction}:`, $lt: `${id}:${correction};` }, state: 'waiting' })
				.session(session);
		if (news.again.length > 0)
			await models.outbox
				.updateMany(
					{ _id: { $in: news.again } },
					{ $set: { takenBack: false, state: 'waiting', attempts: 0, nextAttemptAt: context.now(), doneAt: null } }
				)
				.session(session);
	});
}

/** The events that are not stored yet; one that is, but of another block, is there by mistake and is replaced. */
async function newEvents(
	context: Context,
	events: readonly ChainEvent[]
): Promise<{ added: ChainEvent[]; replaced: string[] }> {
	const ids = events.map(chainEventKey);
	const present = await context.models.chainEvents.find({ _id: { $in: ids } }, { blockHash: 1 }).lean();
	const blockOf = new Map(present.map(({ _id, blockHash }) => [_id, blockHash]));
	const fresh = events.filter((event) => blockOf.get(chainEventKey(event)) !== event.blockHash);
	return { added: fresh, replaced: fresh.map(chainEventKey).filter((id) => blockOf.has(id)) };
}

function added(events: readonly ChainEvent[]): EventChange {
	const keys = new Set(events.map(chainEventKey));
	return {
		touched: events,
		apply: (stored) => [...stored.filter((event) => !keys.has(chainEventKey(event))), ...events]
	};
}

type OutboxRow = Omit<OutboxDocument, 'rev' | 'createdAt' | 'updatedAt'>;

/**
 * What the events cause, one row a cause however often the event is read. What was announced, and taken back after a
 * reorganisation, holds again: it is announced again, by the row that it has.
 */
async function newsOf(
	context: Context,
	events: readonly ChainEvent[],
	orders: readonly Projected<OrderDocument>[]
): Promise<{ added: OutboxRow[]; again: string[] }> {
	const byKey = new Map(orders.map((order) => [order._id, order]));
	const rows = events.flatMap((event) => {
		const order = event.subject === null ? undefined : byKey.get(orderKey(event.chainId, event.subject));
		if (order === undefined) return [];
		const said = orderEventOf(event);
		const decided = caseEventOf(event);
		const notices = [
			...(said === null ? [] : noticesOf(order, said).map(({ wallet, kind }) => ({ wallet, kind: `order-${kind}` }))),
			...(decided === null ? [] : caseNoticesOf(order, decided))
		];
		return notices.map(({ wallet, kind }) => outboxRow(context, event, order, wallet, kind));
	});
	if (rows.length === 0) return { added: [], again: [] };

	const ids = rows.map(({ _id }) => _id);
	const present = await context.models.outbox.find({ _id: { $in: ids } }, { _id: 1, takenBack: 1 }).lean();
	const known = new Set(present.map(({ _id }) => _id));
	return {
		added: rows.filter(({ _id }) => !known.has(_id)),
		again: present.filter(({ takenBack }) => takenBack).map(({ _id }) => _id)
	};
}

function outboxRow(
	context: Context,
	event: ChainEvent,
	order: Pick<OrderDocument, '_id' | 'amount' | 'token'>,
	wallet: OutboxDocument['wallet'],
	kind: string
): OutboxRow {
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
		nextAttemptAt: new Date(context.now().getTime() + (kind === 'grant-asked' ? grantingMilliseconds : 0)),
		lastError: null,
		doneAt: null
	};
}

/**
 * Takes back every block from `cursor.nextBlock` on: events are deleted, what they made is folded anew, actions are open
 * again; what was not sent yet is not sent, and what was is followed by a correction.
 * @returns how many events were taken back
 */
export async function takeBack(context: Context, lease: Lease, chain: ChainConfig, cursor: Cursor): Promise<number> {
	const { chainId } = chain;
	const { chainEvents, outbox, pendingActions } = context.models;
	const gone = { chainId, block: { $gte: cursor.nextBlock } };
	const orphaned = await chainEvents.find(gone).lean();
	const change = { ...cursor, state: 'catching-up' as const };
	if (orphaned.length === 0) {
		await writeCursor(context, lease, change);
		return 0;
	}

	const transactions = [...new Set(orphaned.map(({ txHash }) => txHash))];
	const projection = await project(context, chain, {
		touched: orphaned,
		apply: (stored) => stored.filter(({ block }) => block < cursor.nextBlock)
	});
	const place = orphaned[0]?.blockHash;
	await inTransaction(context.db, async (session) => {
		await writeCursor(context, lease, change, session);
		await chainEvents.deleteMany(gone).session(session);
		await writeProjection(context, projection, session);
		await pendingActions
			.updateMany(
				{ _id: { $in: transactions.map((txHash) => `${chainId}:${txHash}`) } },
				{ $set: { state: 'sent', closedAt: null } }
			)
			.session(session);

		// Read here: whoever sends what waits does so between any two of our steps.
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
					lastError: null,
					doneAt: null
				})),
				{ session }
			);
		}
	});
	return orphaned.length;
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
	const { chainEvents } = context.models;
	const newlyFinal = { chainId, final: false, block: { $lte: through.final } };
	const newlyFinalized = { chainId, finalized: false, block: { $lte: through.finalized } };
	const touched = await chainEvents.find({ $or: [newlyFinal, newlyFinalized] }).lean();
	if (touched.length === 0) return;

	const mark = <E extends ChainEvent>(event: E): E => ({
		...event,
		final: event.final || event.block <= through.final,
		finalized: event.finalized || event.block <= through.finalized
	});
	const projection = await project(context, chain, { touched, apply: (stored) => stored.map(mark) });
	await inTransaction(context.db, async (session) => {
		const change = { finalThrough: through.final, finalizedThrough: through.finalized };
		await writeCursor(context, lease, change, session);
		await chainEvents.updateMany(newlyFinal, { $set: { final: true } }).session(session);
		await chainEvents.updateMany(newlyFinalized, { $set: { finalized: true } }).session(session);
		await writeProjection(context, projection, session);
	});
}
