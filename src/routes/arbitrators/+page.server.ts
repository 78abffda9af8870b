import { arbitratorSorts, type ArbitratorSort } from '#lib/domain/arbitrator-list.ts';
import { forPage } from '#lib/server/problem.ts';
import { listArbitrators } from '#lib/server/services/arbitrators.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { readFigures } from '#lib/server/services/figures.ts';
import { readPools } from '#lib/server/services/pools.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, requestId }, url: { searchParams }, depends }) => {
	depends('holdfast:arbitrators');
	return forPage(requestId, async () => {
		const sort = arbitratorSorts.find((one) => one === searchParams.get('sort')) ?? ('reputation' as ArbitratorSort);
		const asked = Number(searchParams.get('chain'));
		const cursor = searchParams.get('cursor');
		const pools = await readPools(context);
		const chainId = pools.find((pool) => pool.chainId === asked)?.chainId ?? null;
		const [list, figures, clocks] = await Promise.all([
			listArbitrators(context, {
				...{ sort, limit: 50 },
				...(chainId !== null && { chainId }),
				...(cursor !== null && { cursor })
			}),
			readFigures(context),
			chainRows(context)
		]);
		return { ...list, sort, chainId, first: cursor === null, pools, figures, clocks };
	});
};
