/**
 * How a seller's browser hands over what an order's listing committed to: the hash of the delivery is put on chain first,
 * and what opens it goes out as a message once nobody can take that back. Heavy: import it on intent.
 */
import { parseEventLogs } from 'viem';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { orderStatusOf } from '#lib/chain/stored.ts';
import { prepareDelivery, requireMayRelease } from '#lib/crypto/goods.ts';
import { licencesFor } from '#lib/crypto/licence.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { Conversation } from '#lib/domain/conversation.ts';
import { owing, type GoodsCommitment, type TakenLicences } from '#lib/domain/goods.ts';
import { offerMismatches, quantityFor, verifyOffer, zeroHash, type SignedOffer } from '#lib/domain/offer.ts';
import type { Hex, OrderDocument } from '#lib/domain/order.ts';
import type { AskContract } from '#lib/domain/signature.ts';
import { askWithWitness } from '#lib/client/contract-witness.ts';
import { ActionError } from '#lib/client/failure.ts';
import { readGoods, type SellersGoods } from '#lib/client/goods.ts';
import { readJson } from '#lib/client/node-request.ts';
import { post } from '#lib/client/post.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { readThroughWallet } from '#lib/client/through-wallet.ts';

/** An order whose goods are to be handed over, and the terms that it is of, as they were signed. */
export type Sale = { order: OrderDocument; signed: SignedOffer; goods: GoodsCommitment };

type OrderTalk = Extract<Conversation, { kind: 'order' }>;

/**
 * What `sellerConfirmDelivery` takes: the hash of what the buyer gets; zero for licence keys, which prove themselves.
 * @throws {ActionError} `terms-differ` {Unreadable} where the goods are sealed with lost keys {NodeUnreachable}
 */
export async function deliveryHashOf(talk: Talk, sale: Sale): Promise<Hex> {
	await requireTerms(orderTalk(talk), sale);
	const goods = await goodsOf(talk, sale);
	if (goods.kind === 'licences') return zeroHash;
	return (await prepareDelivery(goods, goods.key, orderTalk(talk))).deliveryHash;
}

/**
 * Sends what opens the goods, once the chain, asked through the seller's own wallet, has the confirmation for good, and
 * nobody has the money back. Done again, it sends the same.
 * @param sent places of the licence keys that were sent already
 * @returns whether it was sent; false while the confirmation could still be undone
 * @throws {ActionError} `wallet-needed`, `terms-differ`, `not-confirmed`, `not-owed`, `licences-differ` {ReleaseTooEarly}
 * {LicencesUsedUp} {Unreadable} {NodeUnreachable}
 */
export async function handOver(talk: Talk, sale: Sale, sent: readonly number[]): Promise<boolean> {
	await requireTerms(orderTalk(talk), sale);
	const confirmedHash = await confirmedForGood(orderTalk(talk), sale.order);
	if (confirmedHash === null) return false;
	for (const body of await bodiesOf(talk, sale, confirmedHash))
		if (body.kind !== 'licence' || !sent.includes(body.index)) await talk.say(body);
	return true;
}

async function bodiesOf(talk: Talk, sale: Sale, confirmedHash: Hex): Promise<MessageBody[]> {
	const { order } = sale;
	const goods = await goodsOf(talk, sale);
	if (goods.kind === 'files') {
		const delivery = await prepareDelivery(goods, goods.key, orderTalk(talk));
		// Terms and finality were looked at before; no order is confirmed that was not paid.
		requireMayRelease({ paymentFinal: true, termsMatch: true, confirmationFinal: true, confirmedHash }, delivery);
		return [delivery.body];
	}
	const { from, count } = await readJson<TakenLicences>(await post('/api/v1/orders/licences', { order: order._id }));
	// How many were paid for is known here: a node gives away no more than that.
	const isPlace = Number.isSafeInteger(from) && from >= 0 && from + count <= goods.list.length;
	if (count !== quantityFor(sale.signed.offer, order.amount) || !isPlace) throw new ActionError('licences-differ');
	return licencesFor(goods.list, from, count);
}

/** The goods that the order's terms name, opened with the seller's vault: the node cannot give others. */
function goodsOf(talk: Talk, { signed, goods }: Sale): Promise<SellersGoods> {
	return readGoods(talk.ring, signed.offer.listingId, goods.root);
}

/**
 * Whoever pays for something else than what the seller signed, or into another contract than the one that it names, gets
 * nothing. @throws {ActionError} `terms-differ`
 */
async function requireTerms({ escrow, chainId }: OrderTalk, { order, signed }: Sale): Promise<void> {
	const { offer } = signed;
	const terms = { ...order, escrow, createdAt: Math.floor(order.createdAt.getTime() / 1000) };
	const isWhole = offerMismatches(terms, offer).length === 0 && quantityFor(offer, order.amount) !== null;
	const ask: AskContract = async (...asked) => (await askWithWitness(chainId))(...asked);
	if (!isWhole || !(await verifyOffer(signed, ask))) throw new ActionError('terms-differ');
}

/**
 * The hash that the seller confirmed, once the block of that is finalized; null before. Asked through the wallet: a node
 * that makes orders up would else be handed the goods. Logs and not the contract's state: of a block that is final, many
 * RPCs have the state no more. What the order is now is asked for at the head, where a refund is seen at once.
 * @throws {ActionError} `wallet-needed` where none stands on the order's chain, `not-confirmed` where the chain says so,
 * `not-owed` where the buyer has the money back
 */
async function confirmedForGood({ chainId, escrow, orderId }: OrderTalk, order: OrderDocument): Promise<Hex | null> {
	const hash = order.timeline.find(({ kind }) => kind === 'confirmed')?.txHash;
	if (hash === undefined) return null;
	const client = await readThroughWallet(chainId);
	if (client === null) throw new ActionError('wallet-needed');
	const [{ status }, receipt, finalized] = await Promise.all([
		client.readContract({ address: escrow, abi: p2pEscrowAbi, functionName: 'orders', args: [orderId] }),
		client.getTransactionReceipt({ hash }),
		client.getBlock({ blockTag: 'finalized' })
	]);
	if (!owing.some((owed) => owed === orderStatusOf(status))) throw new ActionError('not-owed');
	if (receipt.blockNumber > finalized.number) return null;
	const logs = receipt.logs.filter(({ address }) => address.toLowerCase() === escrow);
	const confirmed = parseEventLogs({ abi: p2pEscrowAbi, eventName: 'DeliveryConfirmed', logs });
	const own = confirmed.find(({ args }) => args.id === orderId);
	if (own === undefined) throw new ActionError('not-confirmed');
	return own.args.deliveryHash;
}

function orderTalk({ place }: Talk): OrderTalk {
	if (place.conversation.kind !== 'order') throw new TypeError('Goods are handed over in the talk of an order');
	return place.conversation;
}
