import { forForm, forPage } from '#lib/server/problem.ts';
import { listOutbox, readOutboxCounts, retryOutbox } from '#lib/server/services/operations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, url }) =>
	forPage(requestId, async () => {
		const state = url.searchParams.get('state') === 'waiting' ? 'waiting' : 'failed';
		const cursor = url.searchParams.get('after') ?? undefined;
		const page = await listOutbox(context, actor, { state, cursor });
		return { state, ...page, counts: await readOutboxCounts(context) };
	});

export const actions: Actions = {
	default: async ({ request, locals: { context, actor } }) => {
		const id = (await request.formData()).get('id');
		return forForm(async () => ({
			retried: await retryOutbox(context, actor, typeof id === 'string' ? { id } : {})
		}));
	}
};
