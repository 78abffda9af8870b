import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import {
	AlreadyReported,
	AppealRefused,
	appealInput,
	NotReportable,
	reportInput,
	TooManyReports,
	type AppealInput,
	type Hidden,
	type ReportInput,
	type ReportTarget
} from '#lib/domain/report.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { newId } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { kinds, readTarget, type Reported } from '#lib/server/services/report-targets.ts';
import { requireOpen } from '#lib/server/services/switches.ts';

/** Reports of one wallet that nobody has decided about. */
const maxOpen = 20;

/**
 * Tells this node's operators that something is wrong with a listing, a profile or a review. Its owner is not told by whom.
 * @throws {InvalidInput} {NotFound} {NotReportable} {AlreadyReported} {TooManyReports} {SwitchedOff}
 */
export async function report(context: Context, actor: Actor, input: ReportInput): Promise<{ id: string }> {
	const { kind, id: of, reason, text } = parseInput(reportInput, input);
	await requireOpen(context, 'reports');
	if (reason === 'other' && text === '') throw new InvalidInput({ issues: ['text: too-short'] });
	const target = { kind, id: of };
	const found = await requireTarget(context, target);
	if (found.owner === actor.wallet) throw new NotReportable({ ...target, reason: 'own' });
	if (found.hidden !== null) throw new NotReportable({ ...target, reason: 'hidden' });

	const { reports } = context.models;
	const open = await reports.countDocuments({ reporter: actor.wallet, state: 'open' });
	if (open >= maxOpen) throw new TooManyReports({ limit: maxOpen });
	const _id = newId(context);
	await reports
		.create([{ _id, target, reporter: actor.wallet, reason, text, state: 'open' }])
		.catch((error: unknown) => {
			if (error instanceof Error && 'code' in error && error.code === 11000) throw new AlreadyReported(target);
			throw error;
		});
	return { id: _id };
}

/**
 * Says why what an operator hid should be back, which brings it before the operators again. The owner may do so once a
 * hiding.
 * @throws {InvalidInput} {NotFound} also for whom it does not belong to, {AppealRefused}
 */
export async function appeal(context: Context, actor: Actor, input: AppealInput): Promise<void> {
	const { kind, id, text } = parseInput(appealInput, input);
	const target = { kind, id };
	await inTransaction(context.db, async (session) => {
		const found = await requireTarget(context, target);
		if (found.owner !== actor.wallet) throw new NotFound({ what: kind, id });
		if (!(await kinds[kind].appeal(context, id, session)))
			throw new AppealRefused({ ...target, reason: found.hidden === null ? 'not-hidden' : 'appealed' });
		const line = { target, reporter: actor.wallet, reason: 'appeal' as const, text, state: 'open' as const };
		await context.models.reports.create([{ _id: newId(context), ...line }], { session });
	});
}

/**
 * What somebody is about to report, by its name. What is hidden is its owner's alone.
 * @throws {NotFound}
 */
export async function readReportable(
	context: Context,
	actor: Actor | null,
	target: ReportTarget
): Promise<Pick<Reported, 'title' | 'link'>> {
	const { title, link, hidden, owner } = await requireTarget(context, target);
	if (hidden !== null && owner !== actor?.wallet) throw new NotFound({ what: target.kind, id: target.id });
	return { title, link };
}

/** Why something of the actor's is hidden; null where it is not theirs, or is not hidden. */
export async function findHiding(context: Context, actor: Actor, target: ReportTarget): Promise<Hidden | null> {
	const found = await readTarget(context, target);
	return found?.owner === actor.wallet ? found.hidden : null;
}

/** The same with its name and where it is shown. @throws {NotFound} where it is not theirs, or is not hidden */
export async function readHiding(
	context: Context,
	actor: Actor,
	target: ReportTarget
): Promise<Pick<Reported, 'title' | 'link'> & { hidden: Hidden }> {
	const { title, link, hidden, owner } = await requireTarget(context, target);
	if (hidden === null || owner !== actor.wallet) throw new NotFound({ what: target.kind, id: target.id });
	return { title, link, hidden };
}

async function requireTarget(context: Context, target: ReportTarget): Promise<Reported> {
	const found = await readTarget(context, target);
	if (found === null) throw new NotFound({ what: target.kind, id: target.id });
	return found;
}
