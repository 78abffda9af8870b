import { readFigures } from '#lib/server/services/figures.ts';
import { latestOf, searchMarket, tileOf } from '#lib/server/services/market.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context }, depends }) => {
	depends('holdfast:home');
	const [newest, { latest }, figures] = await Promise.all([
		searchMarket(context, { limit: 5 }),
		latestOf(context, {}),
		readFigures(context)
	]);
	return { newest: newest.items.map(tileOf), latest: latest[0] ?? 0, figures };
};
