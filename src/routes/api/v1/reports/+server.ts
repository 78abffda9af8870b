import type { ReportInput } from '#lib/domain/report.ts';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listReports } from '#lib/server/services/moderation.ts';
import { report } from '#lib/server/services/reports.ts';
import type { RequestHandler } from './$types';

/** `GET` → `{ total, groups }`: what waits for a decision, for operators alone. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, () => listReports(locals.context, locals.actor));

/** `POST { kind, id, reason, text }` → `{ id }`: tells the operators. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () =>
		report(locals.context, requireActor(locals), (await readJson(request)) as ReportInput)
	);
