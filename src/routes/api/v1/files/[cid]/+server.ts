import { answerFile } from '#lib/server/file-answer.ts';
import { forApi } from '#lib/server/problem.ts';
import { getFile } from '#lib/server/services/files.ts';
import type { RequestHandler } from './$types';

/**
 * `GET` → the encrypted bytes of a file, or the part that `Range` asks for. What a CID names never changes, so whoever got
 * it may keep it; it is nothing that a browser could show.
 */
export const GET: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const file = await getFile(locals.context, locals.actor, params);
		return answerFile(request, locals.requestId, file, {
			'cache-control': 'private, max-age=31536000, immutable',
			'content-type': 'application/octet-stream',
			'content-disposition': `attachment; filename="${file.cid}.bin"`
		});
	});
