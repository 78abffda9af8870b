import { forPage } from '#lib/server/problem.ts';
import { listReports } from '#lib/server/services/moderation.ts';
import { decideByForm } from '../decision.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId } }) =>
	forPage(requestId, () => listReports(context, actor));

export const actions: Actions = { default: decideByForm };
