import { orderIdOf } from '#lib/chain/order-id.ts';
import { hashOffer, type Offer } from '#lib/domain/offer.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import { ActionError } from '#lib/client/failure.ts';

/**
 * Checks that an order's parties are who the order is of, without asking anybody: its id is a hash of them, of its escrow,
 * of the key that the buyer named and of the terms that name the seller's.
 * @param offer those terms; null where they are not known
 * @throws {ActionError} `parties-differ`
 */
export function requireOrderParties(order: OrderDocument, escrow: Wallet, offer: Offer | null): void {
	const { chainId, buyer, seller, tokenId, token, confirmHours, releaseHours } = order;
	const { termsHash, productHash, buyerKeyHash, salt } = order;
	const params = {
		...{ seller, tokenId, token, amount: BigInt(order.amount), confirmHours, releaseHours },
		...{ termsHash, productHash, buyerKeyHash, salt }
	};
	const isWhole = orderIdOf({ chainId, escrow }, buyer, params) === order.orderId;
	const isOffer = offer === null || hashOffer(offer) === termsHash;
	if (!isWhole || !isOffer) throw new ActionError('parties-differ');
}
