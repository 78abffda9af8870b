import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm } from '#lib/server/problem.ts';
import { changeSearch, deleteSearch, listSearches } from '#lib/server/services/searches.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor } }) => ({
	searches: actor === null ? [] : (await listSearches(context, actor)).items
});

export const actions: Actions = {
	rename: async ({ request, locals }) => {
		const form = await request.formData();
		const [id, name] = [String(form.get('id')), String(form.get('name') ?? '')];
		return forForm(
			async () => {
				await changeSearch(locals.context, requireActor(locals), { id, name });
				return { changed: id };
			},
			{ typed: { id, name } }
		);
	},
	notify: async ({ request, locals }) => {
		const form = await request.formData();
		const id = String(form.get('id'));
		return forForm(
			async () => {
				await changeSearch(locals.context, requireActor(locals), { id, notify: form.get('notify') === 'on' });
				return { changed: id };
			},
			{ typed: { id, name: undefined } }
		);
	},
	delete: async ({ request, locals }) => {
		const id = String((await request.formData()).get('id'));
		return forForm(
			async () => {
				await deleteSearch(locals.context, requireActor(locals), { id });
				return { changed: id };
			},
			{ typed: { id, name: undefined } }
		);
	}
};
