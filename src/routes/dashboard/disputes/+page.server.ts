import { disputesOf } from '#lib/server/services/disputes.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('holdfast:disputes');
	const { context, actor } = locals;
	const clocks = await chainRows(context);
	const found = actor === null ? [] : await disputesOf(context, actor);
	const [labels, names] = await Promise.all([
		labelsOf(
			context,
			found.map(({ order }) => order?.product ?? null)
		),
		namesOf(
			context,
			found.flatMap(({ dispute }) => [dispute.buyer, dispute.seller])
		)
	]);
	return {
		clocks,
		disputes: found.map(({ dispute, order }) => {
			const { _id, rev, chainId, caseId, buyer, seller, token, status, appealUntil, endedAt, openedAt } = dispute;
			const other = buyer === actor?.wallet ? seller : buyer;
			return {
				...{ _id, rev, chainId, caseId, token, status, endedAt, openedAt },
				title: labels.get(order?.product ?? '')?.title ?? '',
				amount: order?.amount ?? '0',
				other: { wallet: other, name: (names as Record<string, string>)[other] ?? '' },
				// What ends next: the time to appeal, or the time after which nobody decided.
				until: endedAt !== null ? null : status === 'Ruled' ? appealUntil : (order?.deadline ?? null)
			};
		})
	};
};
