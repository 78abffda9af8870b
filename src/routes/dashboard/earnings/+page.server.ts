import { periods, sumEarnings, type Period } from '#lib/domain/earnings.ts';
import { paymentsByDay, waitingFor } from '#lib/server/services/earnings.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent, url, depends }) => {
	depends('holdfast:earnings');
	const { context, actor } = locals;
	const { zone } = await parent();
	const period = periods.find((one) => one === url.searchParams.get('by')) ?? ('month' satisfies Period);
	if (actor === null) return { period, rows: [], waiting: [] };
	const [sums, waiting] = await Promise.all([paymentsByDay(context, actor, zone ?? 'UTC'), waitingFor(context, actor)]);
	return { period, rows: sumEarnings(sums, period), waiting };
};
