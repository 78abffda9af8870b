import type { Document } from 'mongodb';
import { z } from 'zod';
import { mayReadOrder, orderKey, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import type { OrderRow } from '#lib/domain/publications.ts';
import { bytes32, chainId, orderDocumentId } from '#lib/domain/schemas.ts';
import type { Publication, Viewer } from '#lib/server/realtime/publication.ts';
import { endedOrdersOf, openOrdersOf } from '#lib/server/services/order-lists.ts';

const roles = ['buyer', 'seller', 'arbitrator'] as const;
const fields = { buyer: 'buyer', seller: 'seller', arbitrator: 'arbitrators' } as const;

function keys(document: Document): string[] {
	const { _id, buyer, seller, arbitrators } = document as OrderDocument;
	return [`order:${_id}`, ...new Set([buyer, seller, ...arbitrators].map(walletKey))];
}

function walletKey(wallet: Wallet): string {
	return `wallet:${wallet}`;
}

function show(document: Document, { wallet }: Viewer): OrderRow | null {
	const order = document as OrderDocument;
	return mayReadOrder(order, wallet) ? order : null;
}

/** One order. */
export const order: Publication<'order'> = {
	name: 'order',
	collection: 'orders',
	params: z.strictObject({ chainId, orderId: bytes32 }),
	authorise: ({ wallet }) => wallet !== null,
	find: (_, params) => {
		const _id = orderKey(params.chainId, params.orderId);
		return { filter: { _id }, keys: [`order:${_id}`] };
	},
	keys,
	show
};

/** The viewer's orders, the newest first. */
export const orders: Publication<'orders'> = {
	name: 'orders',
	collection: 'orders',
	params: z.strictObject({
		role: z.enum(roles).optional(),
		limit: z.int().min(1).max(200).optional(),
		ids: z.array(orderDocumentId).max(100).optional()
	}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }, { role, limit = 200, ids }) => {
		const own =
			role === undefined ? { $or: roles.map((each) => ({ [fields[each]]: wallet })) } : { [fields[role]]: wallet };
		return {
			filter: ids === undefined ? own : { _id: { $in: ids }, ...own },
			sort: { createdAt: -1, _id: -1 },
			limit,
			keys: ids === undefined ? [walletKey(wallet as Wallet)] : ids.map((id) => `order:${id}`)
		};
	},
	keys,
	show
};

/** All of the viewer's own orders that have not ended; one that ends goes from here to {@link endedOrders}. */
export const openOrders: Publication<'openOrders'> = {
	name: 'openOrders',
	collection: 'orders',
	params: z.strictObject({}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }) => ({ ...openOrdersOf(wallet as Wallet), keys: [walletKey(wallet as Wallet)] }),
	keys,
	show
};

/** The viewer's own orders of a role that ended last. */
export const endedOrders: Publication<'endedOrders'> = {
	name: 'endedOrders',
	collection: 'orders',
	params: z.strictObject({ role: z.enum(['buyer', 'seller']) }),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }, { role }) => ({ ...endedOrdersOf(wallet as Wallet, role), keys: [walletKey(wallet as Wallet)] }),
	keys,
	show
};
