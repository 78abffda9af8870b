import { NotFound } from '#lib/domain/errors.ts';
import { reportKinds, type ReportInput, type ReportKind } from '#lib/domain/report.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { readReportable, report } from '#lib/server/services/reports.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params }) =>
	forPage(requestId, async () => {
		const { title, link } = await readReportable(context, actor, { kind: kindOf(params), id: params.id });
		return { target: { kind: kindOf(params), id: params.id }, title, link };
	});

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const form = await request.formData();
		const typed = { reason: String(form.get('reason')), text: String(form.get('text') ?? '') };
		return forForm(async () => {
			const input = { kind: kindOf(params), id: params.id, ...typed } as ReportInput;
			await report(locals.context, requireActor(locals), input);
			return { sent: true };
		}, typed);
	}
};

/** @throws {NotFound} */
function kindOf({ kind, id }: { kind: string; id: string }): ReportKind {
	const known = reportKinds.find((one) => one === kind);
	if (known === undefined) throw new NotFound({ what: kind, id });
	return known;
}
