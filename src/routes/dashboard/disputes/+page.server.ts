import { caseDeadline } from '#lib/domain/duties.ts';
import { chainTime } from '#lib/domain/order.ts';
import { disputesAbout, disputesOf } from '#lib/server/services/disputes.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('holdfast:disputes');
	const { context, actor } = locals;
	const clocks = await chainRows(context);
	const found = actor === null ? [] : await disputesOf(context, actor);
	const orders = found.flatMap(({ order }) => order ?? []);
	const [labels, names, { rules }] = await Promise.all([
		labelsOf(
			context,
			found.map(({ order }) => order?.product ?? null)
		),
		namesOf(
			context,
			found.flatMap(({ dispute }) => [dispute.buyer, dispute.seller])
		),
		disputesAbout(context, orders)
	]);
	const timeOf = (chainId: number) => {
		const clock = clocks.find((row) => row.chainId === chainId);
		return clock === undefined ? context.now() : chainTime(clock, context.now());
	};
	return {
		clocks,
		disputes: found.map(({ dispute, order }) => {
			const { _id, rev, chainId, caseId, buyer, seller, token, status, endedAt, openedAt } = dispute;
			const of = rules[chainId];
			const other = buyer === actor?.wallet ? seller : buyer;
			return {
				...{ _id, rev, chainId, caseId, token, status, endedAt, openedAt },
				title: labels.get(order?.product ?? '')?.title ?? '',
				amount: order?.amount ?? '0',
				other: { wallet: other, name: (names as Record<string, string>)[other] ?? '' },
				until: endedAt === null && of ? caseDeadline(dispute, of, timeOf(chainId)) : null
			};
		})
	};
};
