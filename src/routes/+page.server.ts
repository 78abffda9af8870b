import { readFigures } from '#lib/server/services/figures.ts';
import { searchMarket, tileOf } from '#lib/server/services/market.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context } }) => {
	const [newest, figures] = await Promise.all([searchMarket(context, { limit: 5 }), readFigures(context)]);
	return { newest: newest.items.map(tileOf), figures };
};
