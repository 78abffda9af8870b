import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { answerTransfer, type AnswerTransferInput } from '#lib/server/services/transfers.ts';
import type { RequestHandler } from './$types';

/** `PUT { answer }` of the second device: ciphertext for the first. */
export const PUT: RequestHandler = ({ request, locals, params }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		const body = (await readJson(request, 4 * 1024)) as Omit<AnswerTransferInput, 'transfer'>;
		await answerTransfer(locals.context, actor, { ...body, ...params });
	});
