import { periods, sumEarnings, waitingOf, type Period } from '#lib/domain/earnings.ts';
import { paymentsOf } from '#lib/server/services/earnings.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent, url, depends }) => {
	depends('holdfast:earnings');
	const { context, actor } = locals;
	const { zone } = await parent();
	const period = periods.find((one) => one === url.searchParams.get('by')) ?? ('month' satisfies Period);
	const payments = actor === null ? [] : await paymentsOf(context, actor);
	return { period, rows: sumEarnings(payments, period, zone ?? 'UTC'), waiting: waitingOf(payments) };
};
