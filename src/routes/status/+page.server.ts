import { readHealth } from '#lib/server/services/chains.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context } }) => {
	const [health, clocks] = await Promise.all([readHealth(context), chainRows(context).catch(() => [])]);
	return { health, clocks };
};
