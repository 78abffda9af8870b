import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { beginUpload, fileAllowance, type BeginUploadInput } from '#lib/server/services/files.ts';
import type { RequestHandler } from './$types';

/** `GET` → `{ used, limit, fileLimit }`: bytes that the actor uses of what it may, and most bytes of one file. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, () => fileAllowance(locals.context, requireActor(locals)));

/**
 * `POST { purpose, size, order | product, buyer? }` announces an encrypted file → 201 with the upload, to which `PATCH`
 * adds bytes. Whatever limits it says so here.
 */
export const POST: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request)) as BeginUploadInput;
		const upload = await beginUpload(locals.context, requireActor(locals), input);
		return json(upload, { status: 201, headers: { location: `/api/v1/uploads/${upload.id}` } });
	});
