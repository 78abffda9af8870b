import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { decodeOrderCall } from '#lib/chain/calls.ts';
import type { ChainClient, ChainTransaction } from '#lib/chain/client.ts';
import { DomainError, NotFound } from '#lib/domain/errors.ts';
import type { SignedOffer } from '#lib/domain/offer.ts';
import { mayReadOrder, orderKey, type Hex, type OrderDocument } from '#lib/domain/order.ts';
import type { ProductContent } from '#lib/domain/product.ts';
import { bytes32, chainId as chainIdInput } from '#lib/domain/schemas.ts';
import { requireChain, type Actor, type Context } from '#lib/server/context.ts';
import type { PendingActionDocument } from '#lib/server/db/models/pending-action.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** Thrown when an announced transaction does nothing to an order of this chain's escrow. */
class NotAnOrderCall extends DomainError {
	constructor(data: { chainId: number; txHash: string }) {
		super('not-an-order-call', 'invalid', data);
	}
}

/** Thrown when somebody announces a transaction that another wallet sent. */
class NotTheSender extends DomainError {
	constructor(data: { txHash: string; wallet: string }) {
		super('not-the-sender', 'forbidden', data);
	}
}

export const announceInput = z.strictObject({ chainId: chainIdInput, txHash: bytes32 });
export type AnnounceInput = z.input<typeof announceInput>;

/**
 * Keeps a transaction that the actor has just sent, so that the order shows the step before a block does. Nothing that the
 * client says is believed but the hash: the server reads the transaction itself. Announcing twice changes nothing.
 * @throws {UnknownChain} {ChainUnavailable}
 * @throws {NotFound} where no RPC knows the transaction within a second: try again
 * @throws {NotAnOrderCall} {NotTheSender} {InvalidInput}
 */
export async function announce(context: Context, actor: Actor, input: AnnounceInput): Promise<PendingActionDocument> {
	const { chainId, txHash } = parseInput(announceInput, input);
	const chain = requireChain(context, chainId);
	const { pendingActions, chainEvents } = context.models;
	const _id = `${chainId}:${txHash}`;

	const transaction = await findTransaction(chain, txHash);
	if (transaction === null) throw new NotFound({ what: 'transaction', id: _id });
	if (transaction.from !== actor.wallet) throw new NotTheSender({ txHash, wallet: actor.wallet });
	const call = decodeOrderCall(chain.config, transaction);
	if (call === null) throw new NotAnOrderCall({ chainId, txHash });

	const now = context.now();
	const row = { chainId, txHash, actor: transaction.from, nonce: transaction.nonce, ...call, seenAt: now };
	await pendingActions.updateOne({ _id }, { $setOnInsert: { ...row, ...stateOf(transaction, now) } }, { upsert: true });
	// The indexer may have read its block before the row was there, and so not have closed it.
	if (await chainEvents.exists({ chainId, txHash }))
		await pendingActions.updateOne(
			{ _id, state: { $in: ['sent', 'mined'] } },
			{ $set: { state: 'indexed', closedAt: now } }
		);
	const stored = await pendingActions.findById(_id).lean();
	if (stored === null) throw new NotFound({ what: 'transaction', id: _id });
	return stored;
}

/** The node that answers may hear of a transaction a moment after the wallet sent it through another one. */
async function findTransaction(chain: ChainClient, txHash: Hex): Promise<ChainTransaction | null> {
	for (const wait of [0, 100, 300, 600]) {
		if (wait > 0) await delay(wait);
		const transaction = await chain.transaction(txHash);
		if (transaction !== null) return transaction;
	}
	return null;
}

function stateOf({ receipt }: ChainTransaction, now: Date): Pick<PendingActionDocument, 'state' | 'closedAt'> {
	if (receipt === null) return { state: 'sent', closedAt: null };
	return receipt.succeeded ? { state: 'mined', closedAt: null } : { state: 'failed', closedAt: now };
}

export const orderInput = z.strictObject({ chainId: chainIdInput, orderId: bytes32 });
export type OrderInput = z.input<typeof orderInput>;

/** An order as one of its people sees it, and what was sent to it and is not in it yet. */
export type OrderView = {
	/** Null while nothing but an announced creation is known. */
	order: OrderDocument | null;
	/** Not closed, or closed within a day. */
	pending: PendingActionDocument[];
	/** The terms that its `termsHash` is of, as their seller signed them; null where this node has none. */
	signed: SignedOffer | null;
	/** What the terms' `productHash` is of, and its salt (`hashProduct`): what was on sale; null where this node has none. */
	content: ProductContent | null;
	salt: Hex | null;
};

/**
 * An order that the actor may read, or one that the actor is just creating.
 * @throws {NotFound} where there is none, or it is none of the actor's: the two look the same
 */
export async function getOrder(context: Context, actor: Actor, input: OrderInput): Promise<OrderView> {
	const { chainId, orderId } = parseInput(orderInput, input);
	const { orders, pendingActions } = context.models;
	const _id = orderKey(chainId, orderId);
	const [order, pending] = await Promise.all([
		orders.findById(_id).lean(),
		pendingActions.find({ chainId, orderId }).sort({ seenAt: 1 }).lean()
	]);
	const own = pending.filter((action) => action.actor === actor.wallet);
	const unknown = { signed: null, content: null, salt: null };
	if (order === null && own.length > 0) return { order, pending: own, ...unknown };
	if (order === null || !mayReadOrder(order, actor.wallet)) throw new NotFound({ what: 'order', id: _id });
	const signed = await context.models.offers.findById(order.termsHash).lean();
	if (signed === null) return { order, pending, ...unknown };
	const { offer, signature, content, salt } = signed;
	return { order, pending, signed: { offer, signature }, content: { ...content, goods: content.goods ?? null }, salt };
}
