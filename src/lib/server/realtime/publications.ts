import { anyPublication, type AnyPublication } from './publication.ts';
import { arbitratorsOf, seatsOf } from './publications/arbitrators.ts';
import { dispute, disputes, draw, judging } from './publications/cases.ts';
import { chains } from './publications/chains.ts';
import {
	conversation,
	conversations,
	givenKeys,
	keyHead,
	messages,
	orderKeys,
	unread
} from './publications/conversations.ts';
import { evidence } from './publications/evidence.ts';
import { notifications, unreadNotices } from './publications/notifications.ts';
import { endedOrders, openOrders, order, orders } from './publications/orders.ts';
import { payouts } from './publications/payouts.ts';
import { pending } from './publications/pending.ts';
import { listings, marketCount, product } from './publications/products.ts';
import { reviews } from './publications/reviews.ts';
import { reservations, sales } from './publications/stock.ts';
import { transfer } from './publications/transfers.ts';

/** Everything that can be watched. @param chainIds of the chains that this node is configured for */
export function publicationsOf(chainIds: readonly number[]): readonly AnyPublication[] {
	return [
		anyPublication(order),
		anyPublication(orders),
		anyPublication(openOrders),
		anyPublication(endedOrders),
		anyPublication(dispute),
		anyPublication(disputes),
		anyPublication(arbitratorsOf(chainIds)),
		anyPublication(seatsOf(chainIds)),
		anyPublication(draw),
		anyPublication(judging),
		anyPublication(marketCount),
		anyPublication(listings),
		anyPublication(product),
		anyPublication(sales),
		anyPublication(reservations),
		anyPublication(pending),
		anyPublication(payouts),
		anyPublication(conversations),
		anyPublication(unread),
		anyPublication(notifications),
		anyPublication(unreadNotices),
		anyPublication(conversation),
		anyPublication(messages),
		anyPublication(orderKeys),
		anyPublication(givenKeys),
		anyPublication(evidence),
		anyPublication(keyHead),
		anyPublication(chains),
		anyPublication(reviews),
		anyPublication(transfer)
	];
}
