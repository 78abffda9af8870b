import { blockedBy } from '#lib/server/services/blocks.ts';
import { readFigures } from '#lib/server/services/figures.ts';
import { latestOf, searchMarket, tileOf } from '#lib/server/services/market.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor }, depends }) => {
	depends('holdfast:home');
	const blocked = await blockedBy(context, actor);
	const [newest, { total, latest }, figures] = await Promise.all([
		searchMarket(context, { limit: 5 }, blocked),
		latestOf(context, {}, blocked),
		readFigures(context)
	]);
	const blocks = blocked.size > 0;
	return { newest: newest.items.map(tileOf), blocks, total, latest: latest[0] ?? 0, figures };
};
