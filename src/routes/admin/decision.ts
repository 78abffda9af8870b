import type { DecisionInput } from '#lib/domain/report.ts';
import { forForm } from '#lib/server/problem.ts';
import { decide } from '#lib/server/services/moderation.ts';

type Event = { request: Request; locals: App.Locals };

/** The form action of a decision: which one is the name of the pressed button's value. */
export async function decideByForm({ request, locals: { context, actor } }: Event) {
	const { reason, ...form } = Object.fromEntries(await request.formData());
	const given = form.action === 'hide' ? { ...form, reason } : form;
	return forForm(async () => {
		await decide(context, actor, given as DecisionInput);
		return { decided: form.action };
	});
}
