import { error } from '@sveltejs/kit';
import { forPage } from '#lib/server/problem.ts';
import { readDraw } from '#lib/server/services/cases.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, requestId }, params }) => {
	const match = /^(\d{1,15}):(0x[0-9a-f]{64})$/.exec(params.id.toLowerCase());
	if (!match) error(404, { message: 'not-found', code: 'not-found' });
	return forPage(requestId, async () => {
		const [draw, clocks] = await Promise.all([
			readDraw(context, { chainId: Number(match[1]), orderId: match[2] as string }),
			chainRows(context)
		]);
		return { draw, clocks };
	});
};
