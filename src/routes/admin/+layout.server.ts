import { forPage } from '#lib/server/problem.ts';
import { requireOperator } from '#lib/server/services/operators.ts';
import type { LayoutServerLoad } from './$types';

/** Every page below is an operator's; each of its services checks that again. */
export const load: LayoutServerLoad = ({ locals: { context, actor, requestId }, depends }) => {
	depends('holdfast:admin');
	return forPage(requestId, () => {
		requireOperator(context, actor);
		return { readAt: context.now() };
	});
};
