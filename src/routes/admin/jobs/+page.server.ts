import { forForm, forPage } from '#lib/server/problem.ts';
import { listJobs, runJob } from '#lib/server/services/operations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId } }) =>
	forPage(requestId, async () => ({ jobs: await listJobs(context, actor) }));

export const actions: Actions = {
	default: async ({ request, locals: { context, actor } }) => {
		const name = String((await request.formData()).get('name'));
		return forForm(async () => {
			await runJob(context, actor, { name });
			return { ran: name };
		});
	}
};
