import { forPage } from '#lib/server/problem.ts';
import { listAudit } from '#lib/server/services/moderation.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, url }) =>
	forPage(requestId, async () => {
		const target = url.searchParams.get('target') ?? '';
		const cursor = url.searchParams.get('after') ?? undefined;
		const { items, next } = await listAudit(context, actor, { target, cursor });
		const lines = items.map(({ _id, actor: by, verb, target: of, data, at }) => ({
			...{ id: _id, by, verb, of, at },
			data: Object.entries(data).map(([name, value]) => `${name}: ${value}`)
		}));
		return { target, next, lines };
	});
