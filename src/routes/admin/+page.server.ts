import { redirect } from '@sveltejs/kit';
import { forPage } from '#lib/server/problem.ts';
import { requireOperator } from '#lib/server/services/operators.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor, requestId } }) => {
	await forPage(requestId, () => requireOperator(context, actor));
	redirect(303, '/admin/reports');
};
