import { forPage } from '#lib/server/problem.ts';
import { listCursors } from '#lib/server/services/operations.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId } }) =>
	forPage(requestId, async () => ({ cursors: await listCursors(context, actor) }));
