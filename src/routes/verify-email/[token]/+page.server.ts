import { NotFound } from '#lib/domain/errors.ts';
import { forForm } from '#lib/server/problem.ts';
import { emailOfLink, verifyEmail } from '#lib/server/services/contact-email.ts';
import type { Actions, PageServerLoad } from './$types';

/** Asks first: programs that look through mailboxes open every link. */
export const load: PageServerLoad = async ({ locals: { context }, params: { token } }) => ({
	link: await emailOfLink(context, token).catch(gone)
});

export const actions: Actions = {
	default: ({ locals: { context }, params: { token } }) =>
		forForm(async () => {
			const { address } = await emailOfLink(context, token);
			await verifyEmail(context, token);
			return { done: address };
		})
};

function gone(error: unknown): null {
	if (error instanceof NotFound) return null;
	throw error;
}
