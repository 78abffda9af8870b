import { error } from '@sveltejs/kit';
import type { CaseEvent } from '#lib/domain/case.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Amount } from '#lib/domain/money.ts';
import type { Hex, OrderDocument } from '#lib/domain/order.ts';
import type { PendingRow } from '#lib/domain/publications.ts';
import { caseSteps, readDispute, type DisputeView } from '#lib/server/services/cases.ts';
import { chainRows } from '#lib/server/services/clocks.ts';
import { disputeFacts } from '#lib/server/services/disputes.ts';
import { withdrawalsSince, type Withdrawal } from '#lib/server/services/earnings.ts';
import { isForsaken } from '#lib/server/services/forsaken.ts';
import { labelsOf, namesOf, type ProductLabel } from '#lib/server/services/labels.ts';
import { getOrder, type OrderView } from '#lib/server/services/orders.ts';
import { isOversold } from '#lib/server/services/own-listings.ts';
import { listReviews, type ReviewPage } from '#lib/server/services/reviews.ts';
import { leastFeeOf } from '#lib/server/services/tokens.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor }, params, depends }) => {
	depends('holdfast:order');
	// The id is known before the order is on the chain: the page stands for it from then on.
	const match = /^(\d{1,15}):(0x[0-9a-f]{64})$/.exec(params.id.toLowerCase());
	const chainId = Number(match?.[1]);
	if (!match || !context.chains.has(chainId)) error(404, { message: 'not-found', code: 'not-found' });
	const orderId = match[2] as Hex;

	const clocks = await chainRows(context);
	let order: OrderDocument | null = null;
	let sold: Pick<OrderView, 'signed' | 'content' | 'salt'> = { signed: null, content: null, salt: null };
	let pending: PendingRow[] = [];
	let product: ProductLabel | null = null;
	let names: Record<string, string> = {};
	let disputes: DisputeView = { dispute: null, rules: null };
	let caseEvents: CaseEvent[] = [];
	let facts = await disputeFacts(context, null, null);
	let withdrawals: Withdrawal[] = [];
	let minFee: Amount | null = null;
	let oversold = false;
	let forsaken = false;
	let reviews: ReviewPage | null = null;
	if (actor !== null) {
		try {
			const view = await getOrder(context, actor, { chainId, orderId });
			({ order, ...sold } = { order: view.order, signed: view.signed, content: view.content, salt: view.salt });
			pending = view.pending
				.filter((action) => action.actor === actor.wallet && action.state !== 'indexed')
				.map(({ _id, rev, txHash, actor: sender, action, state, seenAt }) => ({
					_id,
					rev,
					chainId,
					txHash,
					orderId,
					actor: sender,
					action,
					state,
					seenAt
				}));
		} catch (refusal) {
			// Not there and not to be seen look the same; what has just been paid appears by itself.
			if (!(refusal instanceof DomainError && refusal.category === 'missing')) throw refusal;
		}
	}
	if (order !== null) {
		product = (await labelsOf(context, [order.product])).get(order.product ?? '') ?? null;
		disputes = await readDispute(context, chainId, order._id);
		if (disputes.dispute !== null) {
			caseEvents = await caseSteps(context, chainId, orderId);
			forsaken = await isForsaken(context, order, disputes.dispute);
		}
		facts = await disputeFacts(context, disputes.dispute, actor?.wallet ?? null);
		if (actor !== null) withdrawals = await withdrawalsSince(context, actor, order);
		minFee = await leastFeeOf(context, order);
		names = await namesOf(context, [order.buyer, order.seller]);
		oversold = order.seller === actor?.wallet && order.status === 'Created' && (await isOversold(context, order));
		if (order.endedAt !== null) reviews = await listReviews(context, actor, { about: 'order', id: order._id });
	}
	const isKept = context.config.keeperKey !== undefined;
	return {
		isKept,
		chainId,
		orderId,
		order,
		...sold,
		...disputes,
		caseEvents,
		facts,
		withdrawals,
		minFee,
		pending,
		product,
		names,
		reviews,
		clocks,
		oversold,
		forsaken
	};
};
