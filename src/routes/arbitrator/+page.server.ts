import { readSeats } from '#lib/server/services/arbitrators.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { waitingFor } from '#lib/server/services/earnings.ts';
import { readFigures } from '#lib/server/services/figures.ts';
import { queueOf } from '#lib/server/services/judging.ts';
import { readPools } from '#lib/server/services/pools.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor }, url, depends }) => {
	depends('holdfast:arbitrator');
	const [pools, figures, clocks, own, waiting, queue] = await Promise.all([
		readPools(context),
		readFigures(context),
		chainRows(context),
		actor && readSeats(context, actor.wallet),
		actor ? waitingFor(context, actor) : [],
		actor && queueOf(context, actor)
	]);
	const asked = Number(url.searchParams.get('chain'));
	const pool = pools.find(({ chainId }) => chainId === asked);
	const chainId = (pool ?? own?.seats[0] ?? pools[0])?.chainId ?? 0;
	return { pools, figures, clocks, own, queue, waiting, chainId };
};
