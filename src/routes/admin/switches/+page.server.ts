import type { SwitchName } from '#lib/domain/switches.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { listSwitches, setSwitch } from '#lib/server/services/switches.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId } }) =>
	forPage(requestId, async () => ({ switches: await listSwitches(context, actor) }));

export const actions: Actions = {
	default: async ({ request, locals: { context, actor } }) => {
		const form = await request.formData();
		const input = { name: String(form.get('name')) as SwitchName, on: form.get('on') === 'true' };
		return forForm(async () => {
			await setSwitch(context, actor, input);
			return { set: input.name };
		});
	}
};
