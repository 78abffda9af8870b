import { dayMs, daysBetween } from '#lib/domain/days.ts';
import { waitingOf, type Payment, type PaymentSum, type WaitingSum } from '#lib/domain/earnings.ts';
import type { Hex, OrderDocument } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';

/** Every payment to the actor that the chains tell of, and every withdrawal, the latest first. */
export async function paymentsOf(context: Context, actor: Actor): Promise<Payment[]> {
	const found = await context.models.payouts.find({ wallet: actor.wallet }).sort({ at: -1, _id: 1 }).lean();
	return found.map(({ _id, chainId, token, order, kind, held, amount, deferred, at }) => ({
		...{ chainId, token, order, kind, held, amount, deferred, at },
		// The id of a payout names the event that made it.
		txHash: _id.split(':')[1] as Hex
	}));
}

const amounts = { sum: { $sum: '$value' }, payments: { $sum: 1 } };
const what = { chainId: '$chainId', token: '$token', kind: '$kind', held: '$held', deferred: '$deferred' };
type Summed = Pick<PaymentSum, 'chainId' | 'token' | 'kind' | 'held' | 'deferred'>;
type SumRow<Of> = { _id: Of; sum: { toString(): string }; payments: number };

/** The actor's payments and withdrawals summed by day, as the database does it. @param zone whose calendar it is */
export async function paymentsByDay(context: Context, { wallet }: Actor, zone: string): Promise<PaymentSum[]> {
	const { payouts } = context.models;
	const [first, last] = await Promise.all(
		([1, -1] as const).map((direction) => payouts.findOne({ wallet }, { at: 1 }).sort({ at: direction }).lean())
	);
	if (!first || !last) return [];
	const { days, runs } = daysBetween(first.at, last.at, zone);
	const branches = runs.map(({ first: index, from, until, isEven }) => {
		const passed = { $floor: { $divide: [{ $subtract: ['$at', from] }, dayMs] } };
		return { case: { $lt: ['$at', until] }, then: isEven ? { $add: [index, passed] } : index };
	});
	const day = { $switch: { branches, default: days.length - 1 } };
	const rows = await payouts.aggregate<SumRow<Summed & { day: number }>>([
		{ $match: { wallet } },
		{ $group: { _id: { day, ...what }, ...amounts } }
	]);
	return rows.map(({ _id: { day: index, ...of }, sum, payments }) => ({
		...of,
		day: days[Number(index)] ?? '',
		amount: sum.toString(),
		payments
	}));
}

/** How many payments the actor had: what a page reads after it, its live number compares with. */
export function countPayouts(context: Context, { wallet }: Actor): Promise<number> {
	return context.models.payouts.countDocuments({ wallet });
}

/** What waits in escrows and pools for the actor's withdrawal. */
export async function waitingFor(context: Context, { wallet }: Actor): Promise<WaitingSum[]> {
	const moves = { $or: [{ deferred: true }, { kind: 'withdrawal' }] };
	const rows = await context.models.payouts.aggregate<SumRow<Summed>>([
		{ $match: { wallet, ...moves } },
		{ $group: { _id: what, ...amounts } }
	]);
	return waitingOf(rows.map(({ _id, sum }) => ({ ..._id, amount: sum.toString() })));
}

/** A withdrawal takes all of a token that the contract keeps for a wallet: what was put there before is not there any more. */
export type Withdrawal = Pick<PayoutDocument, 'held' | 'token' | 'at'>;

/** What the actor took out of the contracts of an order's chain since the order was made. */
export async function withdrawalsSince(
	context: Context,
	{ wallet }: Actor,
	{ chainId, createdAt }: Pick<OrderDocument, 'chainId' | 'createdAt'>
): Promise<Withdrawal[]> {
	const taken = await context.models.payouts
		.find({ wallet, chainId, kind: 'withdrawal', at: { $gte: createdAt } }, { held: 1, token: 1, at: 1 })
		.lean();
	return taken.map(({ held, token, at }) => ({ held, token, at }));
}
