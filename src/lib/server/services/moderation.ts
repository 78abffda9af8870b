// What operators decide about reports. Two of them may look at one thing at once: the first decision counts, and the
// second is told.
import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import type { NoticeKind } from '#lib/domain/notice.ts';
import type { Wallet } from '#lib/domain/order.ts';
import {
	DecisionOutdated,
	decisionInput,
	reportKinds,
	type DecisionInput,
	type Hidden,
	type ReportKind,
	type ReportReason,
	type ReportTarget
} from '#lib/domain/report.ts';
import { pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { AuditLogDocument } from '#lib/server/db/models/audit-log.ts';
import type { ReportDocument } from '#lib/server/db/models/report.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { newId, sha256 } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { requireOperator } from '#lib/server/services/operators.ts';
import { tell, type News } from '#lib/server/services/outbox.ts';
import { kinds, readTarget, type Reported } from '#lib/server/services/report-targets.ts';

/** One thing that was reported, and all that is open about it. */
export type ReportGroup = {
	target: ReportTarget;
	/** Null where it is gone: its reports can only be dismissed. */
	reported: Reported | null;
	/** Names this state of it: a decision says upon which it was made. */
	version: string;
	count: number;
	oldest: Date;
	/** The oldest first, at most 50. */
	reports: { id: string; reporter: Wallet; reason: ReportReason | 'appeal'; text: string; at: Date }[];
};

/** Something that is hidden. */
export type HiddenItem = { target: ReportTarget; reported: Reported & { hidden: Hidden }; version: string };

/** Groups of the queue on one page: an operator decides those and comes back. */
const groupsShown = 25;
const reportsShown = 50;
const hiddenShown = 100;

type OpenReports = { count: number; newest: Date | null };

/**
 * What waits for a decision, what was reported first at the top; `total` counts what does not fit too.
 * @throws {NotFound} for whoever is no operator
 */
export async function listReports(
	context: Context,
	actor: Actor | null
): Promise<{ total: number; groups: ReportGroup[] }> {
	requireOperator(context, actor);
	const { reports } = context.models;
	const all = await reports.aggregate<OpenReports & { _id: ReportTarget; oldest: Date }>([
		{ $match: { state: 'open' } },
		{
			$group: {
				_id: { kind: '$target.kind', id: '$target.id' },
				count: { $sum: 1 },
				oldest: { $min: '$createdAt' },
				newest: { $max: '$createdAt' }
			}
		}
	]);
	all.sort((a, b) => a.oldest.getTime() - b.oldest.getTime());
	const groups = await Promise.all(
		all.slice(0, groupsShown).map(async ({ _id: target, oldest, ...open }): Promise<ReportGroup> => {
			const [reported, found] = await Promise.all([
				readTarget(context, target),
				reports.find(openReports(target)).sort({ createdAt: 1 }).limit(reportsShown).lean()
			]);
			const version = versionOf(open, reported?.hidden ?? null);
			const shown = found.map(({ _id, reporter, reason, text, createdAt }) => ({
				...{ id: _id, reporter, reason, text },
				at: createdAt
			}));
			return { target, reported, version, count: open.count, oldest, reports: shown };
		})
	);
	return { total: all.length, groups };
}

/** What is hidden, the last hidden first of each kind. @throws {NotFound} for whoever is no operator */
export async function listHidden(context: Context, actor: Actor | null): Promise<HiddenItem[]> {
	requireOperator(context, actor);
	const lists = await Promise.all(
		reportKinds.map(async (kind) => {
			const ids = await kinds[kind].listHidden(context, hiddenShown);
			return Promise.all(ids.map((id) => hiddenItem(context, { kind, id })));
		})
	);
	return lists.flat().filter((item) => item !== null);
}

async function hiddenItem(context: Context, target: ReportTarget): Promise<HiddenItem | null> {
	const [reported, open] = await Promise.all([
		readTarget(context, target),
		context.models.reports.find(openReports(target), { createdAt: 1 }).sort({ createdAt: 1 }).lean()
	]);
	if (reported === null || reported.hidden === null) return null;
	const { hidden } = reported;
	return { target, reported: { ...reported, hidden }, version: versionOf(summed(open), hidden) };
}

/**
 * Decides about everything that is open on one thing: hides it, dismisses the reports, or restores it. Its owner and
 * whoever reported are told. An order under a hidden listing goes on untouched: it rests on the signed offer.
 * @throws {NotFound} for whoever is no operator, and where the thing is gone; {InvalidInput} {DecisionOutdated}
 */
export async function decide(context: Context, actor: Actor | null, input: DecisionInput): Promise<void> {
	const operator = requireOperator(context, actor);
	const { kind, id, action, version, reason, words } = parseInput(decisionInput, input);
	const target = { kind, id };
	const decision = newId(context);
	const outdated = () => new DecisionOutdated(target);

	await inTransaction(context.db, async (session) => {
		const { reports } = context.models;
		const found = await readTarget(context, target, session);
		const open = await reports.find(openReports(target), null, { session }).sort({ createdAt: 1 }).lean();
		if (versionOf(summed(open), found?.hidden ?? null) !== version) throw outdated();
		if (found === null && action !== 'dismiss') throw new NotFound({ what: kind, id });

		const at = context.now();
		if (action === 'hide') {
			const first = open[0];
			if (first === undefined || reason === undefined) throw outdated();
			const why: Hidden = { reason, words, at, report: first._id, appealed: false };
			if (!(await kinds[kind].hide(context, id, why, session))) throw outdated();
		}
		if (action === 'restore' && !(await kinds[kind].restore(context, id, session))) throw outdated();
		if (action === 'dismiss' && open.length === 0) throw outdated();

		const decided = { state: 'decided', decidedBy: operator.wallet, decidedAt: at, decision: action } as const;
		await reports.updateMany({ _id: { $in: open.map(({ _id }) => _id) }, state: 'open' }, decided, { session });
		await tell(context, session, newsOf({ decision, action, reason, target, found, open }));
		const data = { reports: open.length, reason: reason ?? null, words };
		await writeAudit(
			context,
			{ actor: operator.wallet, verb: `moderation.${action}`, target: `${kind}:${id}`, data },
			session
		);
	});
}

const told: Readonly<Record<'hide' | 'restore', Readonly<Record<ReportKind, NoticeKind>>>> = {
	hide: { product: 'listing-hidden', profile: 'profile-hidden', review: 'review-hidden' },
	restore: { product: 'listing-restored', profile: 'profile-restored', review: 'review-restored' }
};

/** What the owner and the reporters are told: never who reported, nor the words of either side. */
function newsOf(of: {
	decision: string;
	action: DecisionInput['action'];
	reason: ReportReason | undefined;
	target: ReportTarget;
	found: Reported | null;
	open: readonly ReportDocument[];
}): News[] {
	const { decision, action, target, found, open } = of;
	const data = { what: target.kind, id: target.id, decision: action };
	const news: News[] = [];
	if (found !== null && action !== 'dismiss') {
		const { owner: wallet } = found;
		const said: News['data'] = of.reason === undefined ? data : { ...data, reason: of.reason };
		news.push({ id: `${decision}:${wallet}`, wallet, kind: told[action][target.kind], data: said });
	}
	// Whoever appealed with success has just been told so.
	const reporters = new Set(open.map(({ reporter }) => reporter));
	if (found !== null && action !== 'dismiss') reporters.delete(found.owner);
	for (const wallet of reporters) news.push({ id: `${decision}:${wallet}`, wallet, kind: 'report-decided', data });
	return news;
}

const auditInput = z.object({
	...pageInput,
	/** What was acted upon: `product:…`, a session's handle. */
	target: z.string().max(250).optional()
});

/** What was done on this node, the last first. @throws {NotFound} for whoever is no operator, {InvalidInput} {BadCursor} */
export async function listAudit(
	context: Context,
	actor: Actor | null,
	input: z.input<typeof auditInput>
): Promise<Page<AuditLogDocument>> {
	requireOperator(context, actor);
	const { target, ...page } = parseInput(auditInput, { limit: 50, ...input });
	const filter = target === undefined || target === '' ? {} : { target };
	return readPage(context.models.auditLog, filter, { field: 'at', direction: -1 }, page);
}

function openReports({ kind, id }: ReportTarget) {
	return { 'target.kind': kind, 'target.id': id, state: 'open' as const };
}

/** @param open the oldest first */
function summed(open: readonly Pick<ReportDocument, 'createdAt'>[]): OpenReports {
	return { count: open.length, newest: open.at(-1)?.createdAt ?? null };
}

/** All open reports of a thing are decided at once, so their number and the newest say which they are. */
function versionOf({ count, newest }: OpenReports, hidden: Hidden | null): string {
	return sha256(JSON.stringify([count, newest, hidden?.at ?? null])).slice(0, 16);
}
