// The projection: the only writer of `orders` and `payouts`. What it writes is a function of `chainEvents` and `offers`
// alone, so that it can be written again at any time, by any process, and be the same.
import { Types, type ClientSession } from 'mongoose';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { orderEventOf } from '#lib/chain/decode.ts';
import { chainEventKey, type ChainEvent } from '#lib/domain/chain-event.ts';
import { offerMismatches, quantityFor, type Offer } from '#lib/domain/offer.ts';
import { foldOrder, orderKey, type Hex, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';

/** The part of a row of `offers` that an order is compared with. */
export type KnownOffer = { offer: Offer; product: string };

/** A document without what the database adds to it. */
export type Projected<T> = Omit<T, 'rev'>;

/** What the events of one order make: its document, and a document a payout. Null where there are none. */
export function composeOrder(
	chain: ChainConfig,
	events: readonly ChainEvent[],
	known: KnownOffer | undefined
): { order: Projected<OrderDocument>; payouts: Projected<PayoutDocument>[] } | null {
	const folded = foldOrder(events.map(orderEventOf).filter((event) => event !== null));
	if (folded === null) return null;

	const { chainId } = chain;
	const escrow = chain.escrow.toLowerCase() as Wallet;
	const createdAt = folded.createdAt.getTime() / 1000;
	const differ = known && offerMismatches({ ...folded, chainId, escrow, createdAt }, known.offer);
	const order = {
		_id: orderKey(chainId, folded.orderId),
		chainId,
		...folded,
		product: known?.product ?? null,
		quantity: known ? quantityFor(known.offer, folded.amount) : null,
		termsMatch: differ ? differ.length === 0 : null,
		termsDiffer: differ ?? [],
		arbitrators: []
	};
	const payouts = folded.payouts.map(({ wallet, amount, kind, deferred, at, txHash, logIndex }, index) => ({
		// The index tells two payouts of one event apart; payouts are only ever added behind the others.
		_id: `${chainEventKey({ chainId, txHash, logIndex })}:${index}`,
		chainId,
		wallet,
		order: order._id,
		token: folded.token,
		amount,
		value: Types.Decimal128.fromString(amount),
		kind,
		deferred,
		at,
		final: folded.final
	}));
	return { order, payouts };
}

/** The payout that a withdrawal from the escrow is; null for every other event. */
export function composeWithdrawal(event: ChainEvent): Projected<PayoutDocument> | null {
	if (event.contract !== 'escrow' || event.name !== 'Withdrawn') return null;
	const amount = event.args.amount as string;
	return {
		_id: `${chainEventKey(event)}:0`,
		chainId: event.chainId,
		wallet: event.args.payee as Wallet,
		order: null,
		token: event.args.token as Wallet,
		amount,
		value: Types.Decimal128.fromString(amount),
		kind: 'withdrawal',
		deferred: false,
		at: event.at,
		final: event.final
	};
}

/** The offers that these terms are the hashes of, as far as they are known here. */
export async function findOffers(
	context: Context,
	hashes: readonly Hex[],
	session: ClientSession | null
): Promise<Map<Hex, KnownOffer>> {
	const rows = await context.models.offers
		.find({ _id: { $in: [...new Set(hashes)] } }, { offer: 1, product: 1 })
		.session(session)
		.lean();
	return new Map(rows.map(({ _id, offer, product }) => [_id, { offer, product }]));
}

/**
 * Folds the orders anew from the stored events and writes what they have become; an order without events is deleted.
 * @returns the orders as they are now
 */
export async function projectOrders(
	context: Context,
	chain: ChainConfig,
	orderIds: readonly Hex[],
	session: ClientSession
): Promise<Projected<OrderDocument>[]> {
	if (orderIds.length === 0) return [];
	const { chainId } = chain;
	const { chainEvents, orders, payouts } = context.models;
	const events = await chainEvents
		.find({ chainId, subject: { $in: orderIds } })
		.session(session)
		.lean();
	const bySubject = Map.groupBy(events, ({ subject }) => subject);
	const terms = events.filter(({ name }) => name === 'OrderCreated').map(({ args }) => args.termsHash as Hex);
	const offers = await findOffers(context, terms, session);

	const keys = orderIds.map((orderId) => orderKey(chainId, orderId));
	const composed = orderIds
		.map((orderId) => {
			const own = bySubject.get(orderId) ?? [];
			const created = own.find(({ name }) => name === 'OrderCreated');
			return composeOrder(chain, own, offers.get(created?.args.termsHash as Hex));
		})
		.filter((order) => order !== null);
	const present = new Set(composed.map(({ order }) => order._id));
	const gone = keys.filter((key) => !present.has(key));

	if (composed.length > 0)
		await orders.bulkWrite(
			composed.map(({ order }) => upsert(order)),
			{ session }
		);
	if (gone.length > 0) await orders.deleteMany({ _id: { $in: gone } }).session(session);

	const paid = composed.flatMap((order) => order.payouts);
	const before = await payouts
		.find({ order: { $in: keys } }, { _id: 1 })
		.session(session)
		.lean();
	const kept = new Set(paid.map(({ _id }) => _id));
	const stale = before.map(({ _id }) => _id).filter((id) => !kept.has(id));
	if (paid.length > 0) await payouts.bulkWrite(paid.map(upsert), { session });
	if (stale.length > 0) await payouts.deleteMany({ _id: { $in: stale } }).session(session);
	return composed.map(({ order }) => order);
}

/** Writes what events that concern no order are: withdrawals. */
export async function projectWithdrawals(
	context: Context,
	events: readonly ChainEvent[],
	session: ClientSession
): Promise<void> {
	const withdrawals = events.map(composeWithdrawal).filter((payout) => payout !== null);
	if (withdrawals.length > 0) await context.models.payouts.bulkWrite(withdrawals.map(upsert), { session });
}

function upsert<T extends { _id: string }>(document: T) {
	const { _id, ...fields } = document;
	return { updateOne: { filter: { _id }, update: { $set: fields }, upsert: true } };
}
