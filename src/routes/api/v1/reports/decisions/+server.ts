import type { DecisionInput } from '#lib/domain/report.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { forApi } from '#lib/server/problem.ts';
import { decide } from '#lib/server/services/moderation.ts';
import type { RequestHandler } from './$types';

/** `POST { kind, id, action, version, reason?, words? }`, of operators alone → 204. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () =>
		decide(locals.context, locals.actor, (await readJson(request)) as DecisionInput)
	);
