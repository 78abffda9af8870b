// The projection: the only writer of `orders`, `cases`, `arbitrators` and `payouts`, and of who else may read a
// conversation. What it writes is a function of
// `chainEvents` and `offers` alone, so that it can be written again at any time and be the same.
import { Types, type ClientSession } from 'mongoose';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { orderEventOf } from '#lib/chain/order-events.ts';
import { arbitratorEventOf, caseEventOf } from '#lib/chain/pool-events.ts';
import { foldArbitrator, type ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import { foldCase, holdersOf, peopleOf, readersOf, type CaseDocument } from '#lib/domain/case.ts';
import { chainEventKey, type ChainEvent } from '#lib/domain/chain-event.ts';
import { conversationId } from '#lib/domain/conversation.ts';
import { offerMismatches, quantityFor, type Offer } from '#lib/domain/offer.ts';
import { foldOrder, orderKey, type Hex, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';
import { settleReviews } from '#lib/server/db/review-stats.ts';

/** The part of a row of `offers` that an order is compared with. */
export type KnownOffer = { offer: Offer; product: string };

/** A document without what the database adds to it. */
export type Projected<T> = Omit<T, 'rev'>;

/** What the events of one order make: its document, its case if there is one, and a document a payout. */
export type ComposedOrder = {
	order: Projected<OrderDocument>;
	dispute: Projected<CaseDocument> | null;
	payouts: Projected<PayoutDocument>[];
};

/** Composes an order from all events of both contracts that concern it; null where the escrow says nothing of it. */
export function composeOrder(
	chain: ChainConfig,
	events: readonly ChainEvent[],
	known: KnownOffer | undefined
): ComposedOrder | null {
	const folded = foldOrder(events.map(orderEventOf).filter((event) => event !== null));
	if (folded === null) return null;

	const { chainId } = chain;
	const escrow = chain.escrow.toLowerCase() as Wallet;
	const createdAt = folded.createdAt.getTime() / 1000;
	const differ = known && offerMismatches({ ...folded, chainId, escrow, createdAt }, known.offer);
	const _id = orderKey(chainId, folded.orderId);
	const opened = foldCase(events.map(caseEventOf).filter((event) => event !== null));
	const dispute = opened && {
		_id,
		chainId,
		order: _id,
		...opened,
		opener: folded.dispute?.opener ?? null,
		holders: holdersOf(opened),
		people: peopleOf(opened)
	};
	const order = {
		_id,
		chainId,
		...folded,
		product: known?.product ?? null,
		quantity: known ? quantityFor(known.offer, folded.amount) : null,
		termsMatch: differ ? differ.length === 0 : null,
		termsDiffer: differ ?? [],
		arbitrators: opened === null ? [] : readersOf(opened)
	};
	const payouts = folded.payouts.map(({ wallet, amount, kind, deferred, at, txHash, logIndex }, index) => ({
		// The index tells two payouts of one event apart; payouts are only ever added behind the others.
		_id: `${chainEventKey({ chainId, txHash, logIndex })}:${index}`,
		chainId,
		wallet,
		order: _id,
		token: folded.token,
		amount,
		value: Types.Decimal128.fromString(amount),
		kind,
		held: 'escrow' as const,
		deferred,
		at,
		final: folded.final
	}));
	const credits = events.map(composeCredit).filter((payout) => payout !== null);
	return { order, dispute, payouts: [...payouts, ...credits] };
}

/** Composes an arbitrator from its own events and every case that it was drawn for; null without events. */
export function composeArbitrator(
	chainId: number,
	events: readonly ChainEvent[],
	cases: readonly Projected<CaseDocument>[]
): Projected<ArbitratorDocument> | null {
	const folded = foldArbitrator(
		events.map(arbitratorEventOf).filter((event) => event !== null),
		cases
	);
	return folded && { _id: `${chainId}:${folded.wallet}`, chainId, ...folded };
}

/** The payout that the pool's credit is: it waits there; null for every other event. */
function composeCredit(event: ChainEvent): Projected<PayoutDocument> | null {
	if (event.contract !== 'pool' || event.name !== 'Credited' || event.subject === null) return null;
	const order = orderKey(event.chainId, event.subject);
	return { ...movementOf(event), order, kind: 'credit', deferred: true };
}

/** The payout that a withdrawal from either contract is; null for every other event. */
export function composeWithdrawal(event: ChainEvent): Projected<PayoutDocument> | null {
	if (event.name !== 'Withdrawn') return null;
	return { ...movementOf(event), order: null, kind: 'withdrawal', deferred: false };
}

/** What an event says of an amount that a payee is given, or takes. */
function movementOf(event: ChainEvent) {
	const amount = event.args.amount as string;
	return {
		_id: `${chainEventKey(event)}:0`,
		chainId: event.chainId,
		wallet: event.args.payee as Wallet,
		token: event.args.token as Wallet,
		amount,
		value: Types.Decimal128.fromString(amount),
		held: event.contract,
		at: event.at,
		final: event.final
	};
}

/** The offers that these terms are the hashes of, as far as they are known here. */
export async function findOffers(context: Context, hashes: readonly Hex[]): Promise<Map<Hex, KnownOffer>> {
	if (hashes.length === 0) return new Map();
	const rows = await context.models.offers
		.find({ _id: { $in: [...new Set(hashes)] } }, { offer: 1, product: 1 })
		.lean();
	return new Map(rows.map(({ _id, offer, product }) => [_id, { offer, product }]));
}

/** What is to be written so that the projections show a change of the stored events. */
export type Projection = {
	orders: Projected<OrderDocument>[];
	cases: Projected<CaseDocument>[];
	arbitrators: Projected<ArbitratorDocument>[];
	payouts: Projected<PayoutDocument>[];
	/** Who else may read the conversation of an order, and whether the case has ended, where that is not as before. */
	readers: ConversationReaders[];
	/** Ids of documents that nothing makes any more. */
	gone: { orders: string[]; cases: string[]; arbitrators: string[]; payouts: string[] };
};

type ConversationReaders = {
	conversation: string;
	order: string;
	buyer: Wallet;
	seller: Wallet;
	wallets: Wallet[];
	ended: boolean;
};

/** A change of the stored events: those that come, those that go, or those that are final now. */
export type EventChange = {
	/** The events that are new, gone or changed: they say what has to be folded anew. */
	touched: readonly ChainEvent[];
	/** The stored events of a subject or an arbitrator, as they will be. */
	apply: (stored: readonly ChainEvent[]) => ChainEvent[];
};

/**
 * Folds anew what a change of the events concerns, before it is written: only the holder of the chain's lease changes
 * events and projections, so what is read here holds until its transaction, which fails where the lease was lost.
 */
export async function project(context: Context, chain: ChainConfig, change: EventChange): Promise<Projection> {
	const { chainId } = chain;
	const { models } = context;
	const subjects = unique(change.touched.map(({ subject }) => subject));
	const keys = subjects.map((subject) => orderKey(chainId, subject));
	const disputed = change.touched.some(({ contract, subject }) => contract === 'pool' && subject !== null);
	const [storedEvents, storedPayouts, storedCases] = await Promise.all([
		subjects.length === 0 ? [] : models.chainEvents.find({ chainId, subject: { $in: subjects } }).lean(),
		subjects.length === 0 ? [] : models.payouts.find({ order: { $in: keys } }, { _id: 1 }).lean(),
		disputed
			? models.cases.find({ _id: { $in: keys } }, { people: 1, arbitrators: 1, appeal: 1, endedAt: 1 }).lean()
			: []
	]);

	const events = change.apply(storedEvents);
	const bySubject = Map.groupBy(events, ({ subject }) => subject);
	const created = events.filter(({ name }) => name === 'OrderCreated');
	const termsOf = new Map(created.map(({ subject, args }) => [subject, args.termsHash as Hex]));
	const offers = await findOffers(context, [...termsOf.values()]);
	const composed = subjects
		.map((subject) => composeOrder(chain, bySubject.get(subject) ?? [], offers.get(termsOf.get(subject) as Hex)))
		.filter((order) => order !== null);

	const orders = composed.map(({ order }) => order);
	const cases = composed.map(({ dispute }) => dispute).filter((dispute) => dispute !== null);
	const before = change.touched.map(composeWithdrawal).filter((payout) => payout !== null);
	const withdrawals = change
		.apply(change.touched)
		.map(composeWithdrawal)
		.filter((payout) => payout !== null);
	const payouts = [...composed.flatMap((order) => order.payouts), ...withdrawals];

	const people = unique([
		...change.touched.map(({ arbitrator }) => arbitrator),
		...(disputed ? [...storedCases, ...cases].flatMap((dispute) => dispute.people) : [])
	]);
	const arbitrators = await projectArbitrators(context, chainId, people, cases, keys, change);
	return {
		orders,
		cases,
		arbitrators,
		payouts,
		readers: disputed ? changedReaders(chain, composed, new Map(storedCases.map((one) => [one._id, one]))) : [],
		gone: {
			orders: without(keys, orders),
			cases: without(
				storedCases.map(({ _id }) => _id),
				cases
			),
			arbitrators: without(
				people.map((wallet) => `${chainId}:${wallet}`),
				arbitrators
			),
			payouts: without(
				[...storedPayouts, ...before].map(({ _id }) => _id),
				payouts
			)
		}
	};
}

function changedReaders(
	{ chainId, escrow }: ChainConfig,
	composed: readonly ComposedOrder[],
	stored: ReadonlyMap<string, Pick<CaseDocument, 'arbitrators' | 'appeal' | 'endedAt'>>
): ConversationReaders[] {
	return composed.flatMap(({ order, dispute }) => {
		const before = stored.get(order._id);
		const wallets = dispute === null ? [] : readersOf(dispute);
		const ended = (dispute?.endedAt ?? null) !== null;
		const isSame = wallets.join() === (before === undefined ? '' : readersOf(before).join());
		if (isSame && ended === ((before?.endedAt ?? null) !== null)) return [];
		const { _id, orderId, buyer, seller } = order;
		const place = { kind: 'order', chainId, escrow: escrow.toLowerCase() as Wallet, orderId } as const;
		return [{ conversation: conversationId(place), order: _id, buyer, seller, wallets, ended }];
	});
}

/** @param changed the cases that were folded anew; of all others the stored document holds */
async function projectArbitrators(
	context: Context,
	chainId: number,
	wallets: readonly Wallet[],
	changed: readonly Projected<CaseDocument>[],
	changedKeys: readonly string[],
	change: EventChange
): Promise<Projected<ArbitratorDocument>[]> {
	if (wallets.length === 0) return [];
	const { chainEvents, cases } = context.models;
	const [storedEvents, storedCases] = await Promise.all([
		chainEvents.find({ chainId, arbitrator: { $in: wallets } }).lean(),
		cases.find({ chainId, people: { $in: wallets }, _id: { $nin: changedKeys } }).lean()
	]);
	const byWallet = Map.groupBy(change.apply(storedEvents), ({ arbitrator }) => arbitrator);
	const all = [...storedCases, ...changed];
	return wallets
		.map((wallet) => {
			const own = all.filter(({ people }) => people.includes(wallet));
			return composeArbitrator(chainId, byWallet.get(wallet) ?? [], own);
		})
		.filter((arbitrator) => arbitrator !== null);
}

/** Writes a projection. */
export async function writeProjection(context: Context, written: Projection, session: ClientSession): Promise<void> {
	const { models } = context;
	const { orders, cases, arbitrators, payouts, readers, gone } = written;
	if (orders.length > 0) await models.orders.bulkWrite(orders.map(upsert), { session });
	if (cases.length > 0) await models.cases.bulkWrite(cases.map(upsert), { session });
	if (arbitrators.length > 0) await models.arbitrators.bulkWrite(arbitrators.map(upsert), { session });
	if (payouts.length > 0) await models.payouts.bulkWrite(payouts.map(upsert), { session });

	for (const { conversation: _id, wallets, ended, ...facts } of readers) {
		await models.conversations.updateOne(
			{ _id },
			{
				$set: { arbitrators: wallets, ...(!ended && { caseEndedAt: null }) },
				$setOnInsert: { ...facts, product: null }
			},
			{ upsert: wallets.length > 0, session }
		);
		// The first time counts: what was there by then stays readable, however often this is written.
		if (ended)
			await models.conversations.updateOne({ _id, caseEndedAt: null }, { caseEndedAt: context.now() }, { session });
	}

	const ended = [...orders.map(({ _id, endedAt }) => [_id, endedAt !== null] as const), ...gone.orders.map(unended)];
	if (ended.length > 0) await settleReviews(models, new Map(ended), session);

	if (gone.orders.length > 0) await models.orders.deleteMany({ _id: { $in: gone.orders } }).session(session);
	if (gone.cases.length > 0) await models.cases.deleteMany({ _id: { $in: gone.cases } }).session(session);
	if (gone.arbitrators.length > 0)
		await models.arbitrators.deleteMany({ _id: { $in: gone.arbitrators } }).session(session);
	if (gone.payouts.length > 0) await models.payouts.deleteMany({ _id: { $in: gone.payouts } }).session(session);
}

function unended(_id: string): readonly [string, boolean] {
	return [_id, false];
}

function upsert<T extends { _id: string }>(document: T) {
	const { _id, ...fields } = document;
	return { updateOne: { filter: { _id }, update: { $set: fields }, upsert: true } };
}

function unique<T>(values: readonly (T | null)[]): T[] {
	return [...new Set(values.filter((value) => value !== null))];
}

function without(ids: readonly string[], present: readonly { _id: string }[]): string[] {
	const kept = new Set(present.map(({ _id }) => _id));
	return ids.filter((id) => !kept.has(id));
}
