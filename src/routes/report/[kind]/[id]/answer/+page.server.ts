import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { appeal, readHiding } from '#lib/server/services/reports.ts';
import { targetOf } from '../target.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params }) =>
	forPage(locals.requestId, async () => {
		const target = targetOf(params);
		return { target, ...(await readHiding(locals.context, requireActor(locals), target)) };
	});

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const typed = { text: String((await request.formData()).get('text') ?? '') };
		return forForm(
			async () => {
				await appeal(locals.context, requireActor(locals), { ...targetOf(params), ...typed });
				return { sent: true };
			},
			{ typed }
		);
	}
};
