import { error } from '@sveltejs/kit';
import type { Hex } from '#lib/domain/order.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { lostCase, readBench } from '#lib/server/services/judging.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor }, params, depends }) => {
	depends('holdfast:judging');
	const match = /^(\d{1,15}):(0x[0-9a-f]{64})$/.exec(params.id.toLowerCase());
	const chainId = Number(match?.[1]);
	if (!match || !context.chains.has(chainId)) error(404, { message: 'not-found', code: 'not-found' });
	const orderId = match[2] as Hex;
	const bench = actor && (await readBench(context, actor, { chainId, orderId }));
	const lost = actor && bench === null ? await lostCase(context, actor, { chainId, orderId }) : null;
	return { chainId, orderId, clocks: await chainRows(context), bench, lost };
};
