import { answerFile } from '#lib/server/file-answer.ts';
import { forApi } from '#lib/server/problem.ts';
import { getPicture } from '#lib/server/services/pictures.ts';
import type { RequestHandler } from './$types';

/**
 * `GET` → a picture of a listing. What a CID names never changes: a browser that got it keeps it. A cache for many asks
 * again within a minute, so that it does not go on giving away what was hidden.
 */
export const GET: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const picture = await getPicture(locals.context, locals.actor, params);
		return answerFile(request, locals.requestId, picture, {
			'cache-control': picture.isPublic
				? 'public, max-age=31536000, s-maxage=60, immutable'
				: 'private, max-age=31536000, immutable',
			'content-type': picture.type,
			'content-disposition': 'inline'
		});
	});
