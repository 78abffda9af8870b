import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import { NotForSale, SoldOut } from '#lib/domain/product.ts';
import { documentId } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { inTurn } from '#lib/server/services/in-turn.ts';
import { newId } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { availableUnits, countStock, noStock } from '#lib/server/services/stock.ts';

/** Long enough to fund a wallet, approve and pay; short enough that a buyer who left blocks nobody. */
const reservationMinutes = 15;

export const reserveInput = z.strictObject({ product: documentId, quantity: z.int().min(1).max(1_000_000).default(1) });
export type ReserveInput = z.input<typeof reserveInput>;

export type Reservation = { product: string; quantity: number; expiresAt: Date };

/**
 * Keeps units of a listing for the actor while it pays; asked again, it starts anew with the new quantity. The chain knows
 * nothing of it: who pays without one may be sold what is not there, and is refunded.
 * @throws {InvalidInput} {NotFound} {NotForSale} {SoldOut}
 */
export async function reserve(context: Context, actor: Actor, input: ReserveInput): Promise<Reservation> {
	const { product: id, quantity } = parseInput(reserveInput, input);
	return inTurn(context.db, id, () => reserveNow(context, actor, id, quantity));
}

function reserveNow(context: Context, actor: Actor, id: string, quantity: number): Promise<Reservation> {
	const { models, db } = context;
	return inTransaction(db, async (session) => {
		// Written first, so that of two buyers at once one waits or starts over, and counts what the other took.
		const product = await models.products
			.findOneAndUpdate({ _id: id }, { reservedAt: context.now() }, { session, returnDocument: 'after' })
			.lean();
		if (product === null) throw new NotFound({ what: 'product', id });
		if (product.status !== 'listed') throw new NotForSale({ id, reason: product.status });
		if (product.validUntil === null || product.validUntil <= context.now())
			throw new NotForSale({ id, reason: 'expired' });
		if (product.seller === actor.wallet) throw new NotForSale({ id, reason: 'own' });

		const counted = await countStock(context, [id], { session, without: actor.wallet });
		const available = availableUnits(product.stock, counted.get(id) ?? noStock);
		if (available !== null && available < quantity) throw new SoldOut({ id, available });

		const ordersBefore = await models.orders.countDocuments({ product: id, buyer: actor.wallet }).session(session);
		const expiresAt = new Date(context.now().getTime() + reservationMinutes * 60_000);
		await models.reservations.updateOne(
			{ product: id, buyer: actor.wallet },
			{ $set: { quantity, ordersBefore, expiresAt }, $setOnInsert: { _id: newId(context) } },
			{ upsert: true, session }
		);
		return { product: id, quantity, expiresAt };
	});
}

/** Gives up what the actor reserved of a product, if anything. @throws {InvalidInput} */
export async function releaseReservation(context: Context, actor: Actor, input: { product: string }): Promise<void> {
	const { product } = parseInput(z.strictObject({ product: documentId }), input);
	await inTransaction(context.db, async (session) => {
		const removed = await context.models.reservations.deleteOne({ product, buyer: actor.wallet }, { session });
		if (removed.deletedCount === 0) return;
		await context.models.products.updateOne({ _id: product }, { reservedAt: context.now() }, { session });
	});
}
