import { forApi } from '#lib/server/problem.ts';
import { listArbitrators, type ListArbitratorsInput } from '#lib/server/services/arbitrators.ts';
import type { RequestHandler } from './$types';

/**
 * `GET ?chainId&sort&cursor&limit` → `{ items, next, names }`: who has a stake in a pool, those who left not among them,
 * with what each did so far. `next` is the `cursor` of the page after, null at the end.
 */
export const GET: RequestHandler = ({ locals, url: { searchParams } }) =>
	forApi(locals.requestId, () => {
		const { chainId, limit, ...rest } = Object.fromEntries(searchParams);
		return listArbitrators(locals.context, {
			...rest,
			...(chainId !== undefined && { chainId: Number(chainId) }),
			...(limit !== undefined && { limit: Number(limit) })
		} as ListArbitratorsInput);
	});
