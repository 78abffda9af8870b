import { NotFound } from '#lib/domain/errors.ts';
import { forForm } from '#lib/server/problem.ts';
import { emailOfUnsubscribe, unsubscribe } from '#lib/server/services/contact-email.ts';
import type { Actions, PageServerLoad } from './$types';

/** Asks first: programs that look through mailboxes open every link. */
export const load: PageServerLoad = async ({ locals: { context }, params: { token } }) => ({
	link: await emailOfUnsubscribe(context, token).catch(gone)
});

/** Also what a mail program posts by itself on one click (RFC 8058): from nowhere, signed in as nobody. */
export const actions: Actions = {
	default: ({ locals: { context }, params: { token } }) =>
		forForm(async () => {
			const { address } = await emailOfUnsubscribe(context, token);
			await unsubscribe(context, token);
			return { done: address };
		})
};

function gone(error: unknown): null {
	if (error instanceof NotFound) return null;
	throw error;
}
