import { forPage } from '#lib/server/problem.ts';
import { getArbitrator } from '#lib/server/services/arbitrators.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { readPools } from '#lib/server/services/pools.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, requestId }, params, depends }) => {
	depends('holdfast:arbitrator');
	return forPage(requestId, async () => {
		const [arbitrator, pools, clocks] = await Promise.all([
			getArbitrator(context, params),
			readPools(context),
			chainRows(context)
		]);
		return { arbitrator, pools, clocks };
	});
};
