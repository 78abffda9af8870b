import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { listEvidence, submitEvidence, type SubmitEvidenceInput } from '#lib/server/services/evidence.ts';
import type { RequestHandler } from './$types';

/** `GET ?order=chainId:orderId` → `{ evidence, withoutFile }`, each piece with how it stands to the chain. */
export const GET: RequestHandler = ({ locals, url }) =>
	forApi(locals.requestId, () =>
		listEvidence(locals.context, requireActor(locals), { order: url.searchParams.get('order') ?? '' })
	);

/** `POST { order, digest, keyId, manifest, files }` puts uploaded files before the case → 201 `{ id }`. */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request, 640 * 1024)) as SubmitEvidenceInput;
		return json(await submitEvidence(locals.context, requireActor(locals), input), { status: 201 });
	});
