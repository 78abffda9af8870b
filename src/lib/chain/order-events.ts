// What the escrow's events say about an order.
import { placeOf, readArguments } from '#lib/chain/arguments.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import type { OrderEvent } from '#lib/domain/order.ts';

/** What an event of the escrow says about an order; null for every other event. */
export function orderEventOf(event: ChainEvent): OrderEvent | null {
	if (event.contract !== 'escrow' || event.subject === null) return null;
	const { wallet, hex, number, amount, flag, time } = readArguments(event);
	const place = { ...placeOf(event), orderId: event.subject };

	switch (event.name) {
		case 'OrderCreated':
			return {
				...place,
				kind: 'created',
				buyer: wallet('buyer'),
				seller: wallet('seller'),
				tokenId: number('tokenId'),
				token: wallet('token'),
				amount: amount('amount'),
				confirmHours: number('confirmHours'),
				releaseHours: number('releaseHours'),
				deadline: time('deadline'),
				termsHash: hex('termsHash'),
				productHash: hex('productHash'),
				buyerKeyHash: hex('buyerKeyHash'),
				salt: hex('salt')
			};
		case 'DeliveryConfirmed':
			return {
				...place,
				kind: 'confirmed',
				by: wallet('seller'),
				deliveryHash: hex('deliveryHash'),
				deadline: time('deadline')
			};
		case 'OrderCompleted':
			return { ...place, kind: 'completed', by: wallet('by'), amount: amount('amount') };
		case 'OrderCancelled':
			return { ...place, kind: 'cancelled', by: wallet('by'), amount: amount('amount') };
		case 'OrderExpired':
			return { ...place, kind: 'expired', by: wallet('by'), amount: amount('amount') };
		case 'DeadlineExtended':
			return { ...place, kind: 'extended', by: wallet('by'), deadline: time('deadline') };
		case 'DisputeOpened':
			return {
				...place,
				kind: 'disputed',
				by: wallet('opener'),
				fee: amount('fee'),
				deadline: time('deadline'),
				evidenceDigest: hex('evidenceDigest')
			};
		case 'EvidenceSubmitted':
			return { ...place, kind: 'evidence', by: wallet('submitter'), digest: hex('digest') };
		case 'OrderSettled':
			return {
				...place,
				kind: 'settled',
				by: wallet('by'),
				buyerAmount: amount('buyerAmount'),
				sellerAmount: amount('sellerAmount')
			};
		case 'DisputeClosed':
			return {
				...place,
				kind: 'disputeClosed',
				opener: wallet('opener'),
				feePayee: wallet('feePayee'),
				feeReturned: amount('feeReturned'),
				feeKept: amount('feeKept')
			};
		case 'OrderRuled':
			return {
				...place,
				kind: 'ruled',
				winner: wallet('winner'),
				feePayee: wallet('feePayee'),
				amount: amount('amount'),
				fee: amount('fee')
			};
		case 'OrderStalemated':
			return {
				...place,
				kind: 'stalemated',
				opener: wallet('opener'),
				buyerAmount: amount('buyerAmount'),
				sellerAmount: amount('sellerAmount'),
				feeReturned: amount('feeReturned'),
				forced: flag('forced')
			};
		case 'PaymentDeferred':
			return { ...place, kind: 'deferred', payee: wallet('payee'), amount: amount('amount') };
		default:
			return null;
	}
}
