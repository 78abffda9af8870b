// What moves a listing's stock without writing the listing. Only numbers are told: whose they are is nobody's business.
import { z } from 'zod';
import type { OrderDocument } from '#lib/domain/order.ts';
import type { CountRow } from '#lib/domain/publications.ts';
import { documentId } from '#lib/domain/schemas.ts';
import type { ReservationDocument } from '#lib/server/db/models/reservation.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';
import { unsold } from '#lib/server/services/stock.ts';

const params = z.strictObject({ product: documentId });

/** Orders that have taken units of a listing. */
export const sales: Publication<'sales'> = {
	name: 'sales',
	collection: 'orders',
	params,
	authorise: () => true,
	find: (_, { product }) => ({
		filter: { product, termsMatch: true, status: { $nin: unsold } },
		keys: [`product:${product}`],
		count: 'sales'
	}),
	keys: (document) => {
		const { product } = document as OrderDocument;
		return product === null ? [] : [`product:${product}`];
	},
	show: (document) => ({ ...(document as CountRow) }),
	sameForAll: true
};

/** Reservations of a listing that have not ended. */
export const reservations: Publication<'reservations'> = {
	name: 'reservations',
	collection: 'reservations',
	params,
	authorise: () => true,
	find: (_, { product }) => ({ filter: { product }, keys: [`product:${product}`], count: 'reservations' }),
	keys: (document) => [`product:${(document as ReservationDocument).product}`],
	show: (document) => ({ ...(document as CountRow) }),
	sameForAll: true
};
