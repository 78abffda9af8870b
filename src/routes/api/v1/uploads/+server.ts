import { json } from '@sveltejs/kit';
import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { beginUpload, fileAllowance, type BeginUploadInput } from '#lib/server/services/files.ts';
import type { RequestHandler } from './$types';

/**
 * `GET ?order=chainId:orderId` → `{ fileLimit, wallet: { used, limit }, order }`, in bytes: the most of one file, and what is
 * taken of what the actor, and the order where one is named, may have.
 */
export const GET: RequestHandler = ({ locals, url }) =>
	forApi(locals.requestId, () => {
		const order = url.searchParams.get('order');
		return fileAllowance(locals.context, requireActor(locals), order === null ? {} : { order });
	});

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
