import type { ReportInput } from '#lib/domain/report.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { readReportable, report } from '#lib/server/services/reports.ts';
import { targetOf } from './target.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params }) =>
	forPage(requestId, async () => {
		const target = targetOf(params);
		return { target, ...(await readReportable(context, actor, target)) };
	});

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const form = await request.formData();
		const typed = { reason: String(form.get('reason')), text: String(form.get('text') ?? '') };
		return forForm(
			async () => {
				await report(locals.context, requireActor(locals), { ...targetOf(params), ...typed } as ReportInput);
				return { sent: true };
			},
			{ typed }
		);
	}
};
