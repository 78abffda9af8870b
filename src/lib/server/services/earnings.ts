import type { Payment } from '#lib/domain/earnings.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';

/** Every payment to the actor that the chains tell of, and every withdrawal, the latest first. */
export async function paymentsOf(context: Context, actor: Actor): Promise<Payment[]> {
	const found = await context.models.payouts.find({ wallet: actor.wallet }).sort({ at: -1, _id: 1 }).lean();
	return found.map(({ _id, chainId, token, order, kind, held, amount, deferred, at }) => ({
		...{ chainId, token, order, kind, held, amount, deferred, at },
		// The id of a payout names the event that made it.
		txHash: _id.split(':')[1] as Hex
	}));
}
