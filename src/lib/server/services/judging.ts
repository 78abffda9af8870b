// What an arbitrator needs to know of a case before deciding it, and which cases wait for one.
import { zeroAddress } from 'viem';
import { readersOf, type CaseDocument, type CaseEvent } from '#lib/domain/case.ts';
import { NotFound } from '#lib/domain/errors.ts';
import { sumAmounts, type Amount } from '#lib/domain/money.ts';
import { orderKey, type Hex, type OrderDocument, type OrderStatus, type Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { caseSteps, readDispute } from '#lib/server/services/cases.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { getOrder, orderInput, type OrderInput, type OrderView } from '#lib/server/services/orders.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';
import { leastFeeOf } from '#lib/server/services/tokens.ts';

/** An order in which an arbitrator and a party of a case were the two sides. */
type Dealing = {
	/** `chainId:orderId` */
	order: string;
	chainId: number;
	orderId: Hex;
	with: Wallet;
	at: Date;
	status: OrderStatus;
};

/**
 * Orders on every chain of this node in which somebody dealt with a party of the case, the latest first, at most 50.
 * @param of the case's order
 */
async function dealingsWith(
	context: Context,
	{ wallet }: Actor,
	{ buyer, seller }: Pick<OrderDocument, 'buyer' | 'seller'>
): Promise<Dealing[]> {
	const parties = [buyer, seller];
	const rows = await context.models.orders
		.find(
			{
				$or: [
					{ buyer: wallet, seller: { $in: parties } },
					{ seller: wallet, buyer: { $in: parties } }
				]
			},
			{ chainId: 1, orderId: 1, buyer: 1, seller: 1, createdAt: 1, status: 1 }
		)
		.sort({ createdAt: -1 })
		.limit(50)
		.lean();
	return rows.map(({ _id, chainId, orderId, createdAt, status, ...order }) => ({
		...{ order: _id, chainId, orderId, at: createdAt, status },
		with: order.buyer === wallet ? order.seller : order.buyer
	}));
}

/** What a ruling pays besides the order itself. Amounts in base units: of the order's token, and of the stake token. */
type Stakes = {
	minFee: Amount;
	/** What those who stayed silent in this case lost to whoever rules. */
	bounty: Amount;
	/** What the actor has staked now. */
	stake: Amount;
};

/** @param order of the case */
async function stakesOf(
	context: Context,
	{ wallet }: Actor,
	{ chainId, orderId, tokenId }: Pick<OrderDocument, 'chainId' | 'orderId' | 'tokenId'>
): Promise<Stakes> {
	const { arbitrators, chainEvents } = context.models;
	const [minFee, slashed, seat] = await Promise.all([
		leastFeeOf(context, { chainId, tokenId }),
		chainEvents.find({ chainId, subject: orderId, contract: 'pool', name: 'Slashed' }).lean(),
		arbitrators.findById(`${chainId}:${wallet}`, { stake: 1 }).lean()
	]);
	const toBounty = slashed.filter(({ args }) => args.recipient === zeroAddress).map(({ args }) => String(args.amount));
	return {
		minFee: minFee ?? '0',
		bounty: sumAmounts(toBounty).toString(),
		stake: seat?.stake ?? '0'
	};
}

/** All that there is to see of a case for whoever was drawn for it. */
type Bench = Pick<OrderView, 'signed' | 'content' | 'salt'> & {
	order: OrderDocument;
	dispute: CaseDocument;
	rules: PoolRules;
	/** What happened in it, the oldest first. */
	steps: CaseEvent[];
	/** The names that its parties gave themselves. */
	names: Record<Wallet, string>;
	dealings: Dealing[];
	stakes: Stakes;
	/** What was sold. */
	title: string;
};

/** Null for whoever does not decide it, and where there is none: the two look the same. @throws {InvalidInput} */
export async function readBench(context: Context, actor: Actor, input: OrderInput): Promise<Bench | null> {
	const view = await getOrder(context, actor, input).catch((refusal: unknown) => {
		if (refusal instanceof NotFound) return null;
		throw refusal;
	});
	const order = view?.order ?? null;
	if (view === null || order === null) return null;
	const { dispute, rules } = await readDispute(context, order.chainId, order._id);
	if (dispute === null || rules === null || !readersOf(dispute).includes(actor.wallet)) return null;
	const [labels, names, dealings, stakes, steps] = await Promise.all([
		labelsOf(context, [order.product]),
		namesOf(context, [order.buyer, order.seller]),
		dealingsWith(context, actor, order),
		stakesOf(context, actor, order),
		caseSteps(context, order.chainId, order.orderId)
	]);
	const { signed, content, salt } = view;
	const title = content?.title || labels.get(order.product ?? '')?.title || '';
	return { order, signed, content, salt, dispute, rules, steps, names, dealings, stakes, title };
}

/** A case that the actor was drawn for and lost, as its chain tells it; null where there is none. @throws {InvalidInput} */
export async function lostCase(
	context: Context,
	{ wallet }: Actor,
	input: OrderInput
): Promise<Pick<Bench, 'dispute' | 'steps'> | null> {
	const { chainId, orderId } = parseInput(orderInput, input);
	const dispute = await context.models.cases.findOne({ _id: orderKey(chainId, orderId), people: wallet }).lean();
	if (dispute === null || readersOf(dispute).includes(wallet)) return null;
	return { dispute, steps: await caseSteps(context, chainId, orderId) };
}

/** A case that somebody is bound by, with what a list shows of its order. */
type QueuedCase = { dispute: CaseDocument; title: string; amount: Amount };
export type CaseQueue = { cases: QueuedCase[]; rules: Record<number, PoolRules> };

/** The cases that the actor is bound by now. The list is sorted by what is asked for next: `nextDuty`. */
export async function queueOf(context: Context, { wallet }: Actor): Promise<CaseQueue> {
	const cases = await context.models.cases.find({ holders: wallet }).sort({ openedAt: -1 }).limit(200).lean();
	const orders = await context.models.orders
		.find({ _id: { $in: cases.map(({ order }) => order) } }, { amount: 1, product: 1 })
		.lean();
	const orderOf = new Map(orders.map((order) => [order._id, order]));
	const labels = await labelsOf(
		context,
		orders.map(({ product }) => product)
	);
	const rules: Record<number, PoolRules> = {};
	for (const chainId of new Set(cases.map((one) => one.chainId))) {
		const found = await findPoolRules(context, chainId);
		if (found !== null) rules[chainId] = found;
	}
	return {
		rules,
		cases: cases.map((dispute) => {
			const order = orderOf.get(dispute.order);
			return { dispute, title: labels.get(order?.product ?? '')?.title ?? '', amount: order?.amount ?? '0' };
		})
	};
}
