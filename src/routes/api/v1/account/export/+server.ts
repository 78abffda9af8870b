import { Readable } from 'node:stream';
import { takePoints } from '#lib/server/auth/limits.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { exportAccount } from '#lib/server/services/account.ts';
import type { RequestHandler } from './$types';

/** Reading all of an account costs as much as this many writes. */
const points = 40;

/** `GET` → everything of the wallet that asks, as a JSON file. */
export const GET: RequestHandler = ({ locals }) =>
	forApi(locals.requestId, async () => {
		const actor = requireActor(locals);
		await takePoints(locals.context, 'write', actor.wallet, points);
		const body = Readable.toWeb(Readable.from(exportAccount(locals.context, actor))) as ReadableStream<Uint8Array>;
		return new Response(body.pipeThrough(new TextEncoderStream() as never), {
			headers: {
				'content-type': 'application/json',
				'content-disposition': `attachment; filename="holdfast-${actor.wallet}.json"`,
				'cache-control': 'no-store'
			}
		});
	});
