import type { CaseDocument } from '#lib/domain/case.ts';
import { accusedOf } from '#lib/domain/duties.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { Hex, OrderDocument, Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';
import { conflictsOf, type Conflict } from '#lib/server/services/conflicts.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';

/** A dispute, and the order that it is about. */
export type Dispute = { dispute: CaseDocument; order: OrderDocument | undefined };

/** The disputes about the actor's orders: all open ones, then the latest that have ended, at most 200. */
export async function disputesOf({ models }: Context, { wallet }: Actor): Promise<Dispute[]> {
	const about = (endedAt: null | { $ne: null }) =>
		models.cases.find({
			$or: [
				{ buyer: wallet, endedAt },
				{ seller: wallet, endedAt }
			]
		});
	const [open, ended] = await Promise.all([
		about(null).sort({ openedAt: -1 }).lean(),
		about({ $ne: null }).sort({ openedAt: -1 }).limit(200).lean()
	]);
	const cases = [...open, ...ended];
	const orders = await models.orders.find({ _id: { $in: cases.map(({ order }) => order) } }).lean();
	const orderOf = new Map(orders.map((order) => [order._id, order]));
	return cases.map((dispute) => ({ dispute, order: orderOf.get(dispute.order) }));
}

/** What the pool put to somebody's balance: a deposit, damages, a bounty. Amount in base units of the token. */
export type Credit = Pick<PayoutDocument, 'wallet' | 'token' | 'amount' | 'at'> & { txHash: Hex };

/** What is around a dispute, for whoever may read its order. */
export type DisputeFacts = {
	/** Earlier orders that would take who was drawn off the case. */
	conflicts: Conflict[];
	credits: Credit[];
	/** Rulings of the chain that a panel voted on, and those of them that it overturned. */
	panels: { voted: number; overturned: number };
	/** The reader is accused in it and has not answered: see {@link unansweredBy}. */
	isUnanswered: boolean;
};

/** @param dispute null where there is none: then nothing is around it @param reader null for nobody */
export async function disputeFacts(
	context: Context,
	dispute: CaseDocument | null,
	reader: Wallet | null
): Promise<DisputeFacts> {
	if (dispute === null) return { conflicts: [], credits: [], panels: { voted: 0, overturned: 0 }, isUnanswered: false };
	const { cases, payouts } = context.models;
	const judged = { chainId: dispute.chainId, status: 'Finalised', 'appeal.seats.0': { $exists: true } } as const;
	const [conflicts, credits, voted, overturned, unanswered] = await Promise.all([
		conflictsOf(context, dispute),
		payouts.find({ order: dispute.order, kind: 'credit' }).sort({ at: 1, _id: 1 }).lean(),
		cases.countDocuments(judged),
		cases.countDocuments({ ...judged, overturned: true }),
		reader === null ? [] : unansweredBy(context, reader, [dispute])
	]);
	return {
		conflicts,
		credits: credits.map(({ _id, wallet, token, amount, at }) => ({
			...{ wallet, token, amount, at },
			txHash: _id.split(':')[1] as Hex
		})),
		panels: { voted, overturned },
		isUnanswered: unanswered.length > 0
	};
}

/** Open disputes about some orders, and how disputes go on the orders' chains. */
export type OrderDisputes = { cases: CaseDocument[]; rules: Record<number, PoolRules> };

/** @param orders that the reader may see */
export async function disputesAbout(
	context: Context,
	orders: readonly Pick<OrderDocument, '_id' | 'chainId' | 'status'>[]
): Promise<OrderDisputes> {
	const disputed = orders.filter(({ status }) => status === 'Disputed').map(({ _id }) => _id);
	const chains = [...new Set(orders.map(({ chainId }) => chainId))];
	const [cases, rules] = await Promise.all([
		disputed.length === 0 ? [] : context.models.cases.find({ _id: { $in: disputed } }).lean(),
		Promise.all(chains.map(async (chainId) => [chainId, await findPoolRules(context, chainId)] as const))
	]);
	return { cases, rules: Object.fromEntries(rules.flatMap(([chainId, of]) => (of === null ? [] : [[chainId, of]]))) };
}

/** Ids of those disputes that the wallet is accused in and has not answered: it put nothing forward that the chain knows of. */
export async function unansweredBy(
	context: Context,
	wallet: Wallet,
	disputes: readonly CaseDocument[]
): Promise<string[]> {
	const accused = disputes.filter((dispute) => accusedOf(dispute) === wallet);
	const answers = await Promise.all(
		accused.map(({ chainId, caseId }) => {
			const about = { chainId, subject: caseId, contract: 'escrow', name: 'EvidenceSubmitted' } as const;
			// One is enough, and there can be any number.
			const own = { 'args.submitter': wallet, 'args.digest': { $ne: zeroHash } };
			return context.models.chainEvents.exists({ ...about, ...own });
		})
	);
	return accused.filter((_, at) => answers[at] === null).map(({ order }) => order);
}
