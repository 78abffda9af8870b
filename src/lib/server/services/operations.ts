// What keeps a node going, for its operators: jobs, what is to be sent, how far the chains were followed.
import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { ChainCursorDocument } from '#lib/server/db/models/chain-cursor.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { requireOperator } from '#lib/server/services/operators.ts';

/** The fields of Agenda's documents that are read here. */
type JobRecord = {
	name: string;
	nextRunAt?: Date | null;
	lastRunAt?: Date | null;
	lastFinishedAt?: Date | null;
	lockedAt?: Date | null;
	failedAt?: Date | null;
	failReason?: string | null;
	failCount?: number | null;
};

export type JobView = {
	name: string;
	/** `failed`: its last run did; it is tried again at `nextRunAt`. */
	state: 'running' | 'waiting' | 'failed';
	lastRunAt: Date | null;
	lastFinishedAt: Date | null;
	nextRunAt: Date | null;
	failedAt: Date | null;
	/** The first line of what its last failure said; null where its last run did not fail. */
	failure: string | null;
	failures: number;
};

function jobsOf({ db }: Context) {
	return db.getClient().db(db.name).collection<JobRecord>('jobs');
}

/** How the jobs are, without asking who wants to know. */
export async function readJobs(context: Context): Promise<JobView[]> {
	const found = await jobsOf(context).find({}, { maxTimeMS: 2000 }).sort({ name: 1 }).limit(200).toArray();
	return found.map((job) => {
		const { name, lastRunAt = null, lastFinishedAt = null, nextRunAt = null, failedAt = null } = job;
		// Agenda keeps the last failure for ever: it counts while no later run has ended well.
		const failed = failedAt !== null && (lastFinishedAt === null || failedAt >= lastFinishedAt);
		const state = failed ? 'failed' : job.lockedAt ? 'running' : 'waiting';
		const failure = failed ? (job.failReason ?? '').split('\n')[0]!.slice(0, 300) : null;
		return { name, state, lastRunAt, lastFinishedAt, nextRunAt, failedAt, failure, failures: job.failCount ?? 0 };
	});
}

/** Every job of this database. @throws {NotFound} for whoever is no operator */
export async function listJobs(context: Context, actor: Actor | null): Promise<JobView[]> {
	requireOperator(context, actor);
	return readJobs(context);
}

/** Lets a job run now, once, wherever it runs. @throws {NotFound} for whoever is no operator, and for no job of that name */
export async function runJob(context: Context, actor: Actor | null, input: { name: string }): Promise<void> {
	const { wallet } = requireOperator(context, actor);
	const { name } = parseInput(z.strictObject({ name: z.string().min(1).max(400) }), input);
	const { matchedCount } = await jobsOf(context).updateOne({ name }, { $set: { nextRunAt: context.now() } });
	if (matchedCount === 0) throw new NotFound({ what: 'job', id: name });
	await writeAudit(context, { actor: wallet, verb: 'job.run', target: `job:${name}` });
}

/** Something that is to be told, without what it says. */
export type OutboxView = {
	id: string;
	wallet: Wallet;
	kind: string;
	state: OutboxDocument['state'];
	attempts: number;
	nextAttemptAt: Date;
	lastError: string | null;
	createdAt: Date;
};

export type OutboxCounts = Record<'waiting' | 'failed', number> & { oldestWaiting: Date | null };

/** How much is to be told, without asking who wants to know. */
export async function readOutboxCounts(context: Context): Promise<OutboxCounts> {
	const { outbox } = context.models;
	const [waiting, failed, oldest] = await Promise.all([
		outbox.countDocuments({ state: 'waiting' }).maxTimeMS(2000),
		outbox.countDocuments({ state: 'failed' }).maxTimeMS(2000),
		outbox.findOne({ state: 'waiting' }, { nextAttemptAt: 1 }).sort({ nextAttemptAt: 1 }).lean()
	]);
	return { waiting, failed, oldestWaiting: oldest?.nextAttemptAt ?? null };
}

const outboxInput = z.object({ ...pageInput, state: z.enum(['waiting', 'failed']).default('failed') });

/** What waits or has failed, what is due first at the top. @throws {NotFound} for whoever is no operator, {BadCursor} */
export async function listOutbox(
	context: Context,
	actor: Actor | null,
	input: z.input<typeof outboxInput>
): Promise<Page<OutboxView>> {
	requireOperator(context, actor);
	const { state, ...page } = parseInput(outboxInput, { limit: 50, ...input });
	const order = { field: 'nextAttemptAt', direction: 1 } as const;
	const { items, next } = await readPage(context.models.outbox, { state }, order, page);
	const views = items.map(({ _id, wallet, kind, state: is, attempts, nextAttemptAt, lastError, createdAt }) => ({
		...{ id: _id, wallet, kind, state: is, attempts, nextAttemptAt, lastError, createdAt }
	}));
	return { items: views, next };
}

/**
 * Lets what failed be sent again, or what waits at once: one row, or all that failed. A row that was sent stays sent.
 * @returns how many
 * @throws {NotFound} for whoever is no operator
 */
export async function retryOutbox(context: Context, actor: Actor | null, input: { id?: string }): Promise<number> {
	const { wallet } = requireOperator(context, actor);
	const { id } = parseInput(z.strictObject({ id: z.string().max(400).optional() }), input);
	const filter = id === undefined ? { state: 'failed' as const } : { _id: id, state: { $ne: 'sent' as const } };
	const again = { state: 'waiting' as const, attempts: 0, nextAttemptAt: context.now(), lastError: null, doneAt: null };
	const { modifiedCount } = await context.models.outbox.updateMany(filter, again);
	if (id !== undefined && modifiedCount === 0) throw new NotFound({ what: 'outbox', id });
	await writeAudit(context, {
		actor: wallet,
		verb: 'outbox.retry',
		target: `outbox:${id ?? 'failed'}`,
		data: { rows: modifiedCount }
	});
	return modifiedCount;
}

export type CursorView = {
	chainId: number;
	name: string;
	/** Null until the indexer looked at the chain first; so are the others. */
	state: ChainCursorDocument['state'] | null;
	reason: string | null;
	head: number | null;
	lag: number | null;
	finalThrough: number | null;
	seenAt: Date | null;
	/** The process that follows it. */
	holder: string | null;
	lastError: string | null;
};

/** How far each chain was followed, by whom, and what failed last. @throws {NotFound} for whoever is no operator */
export async function listCursors(context: Context, actor: Actor | null): Promise<CursorView[]> {
	requireOperator(context, actor);
	const cursors = await context.models.chainCursors.find().lean();
	return context.config.chains.map(({ chainId, name }) => {
		const cursor = cursors.find(({ _id }) => _id === chainId);
		return {
			chainId,
			name,
			state: cursor?.state ?? null,
			reason: cursor?.reason ?? null,
			head: cursor?.head.number ?? null,
			lag: cursor ? Math.max(0, cursor.head.number - cursor.nextBlock + 1) : null,
			finalThrough: cursor?.finalThrough ?? null,
			seenAt: cursor?.head.seenAt ?? null,
			holder: cursor?.lease.holder ?? null,
			lastError: cursor?.lastError ?? null
		};
	});
}
