import type { Document } from 'mongodb';
import { z } from 'zod';
import type { CaseDocument } from '#lib/domain/case.ts';
import { orderKey } from '#lib/domain/order.ts';
import { bytes32, chainId } from '#lib/domain/schemas.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

/** The dispute about one order, for its parties and those who were drawn to decide it. */
export const dispute: Publication<'case'> = {
	name: 'case',
	collection: 'cases',
	params: z.strictObject({ chainId, orderId: bytes32 }),
	authorise: ({ wallet }) => wallet !== null,
	find: (_, params) => {
		const _id = orderKey(params.chainId, params.orderId);
		return { filter: { _id }, keys: [`case:${_id}`] };
	},
	keys: (document) => [`case:${(document as CaseDocument)._id}`],
	show: (document, { wallet }) => {
		const { buyer, seller, people, ...rest } = document as Document as CaseDocument;
		const mayRead = wallet !== null && [buyer, seller, ...people].includes(wallet);
		return mayRead ? { buyer, seller, people, ...rest } : null;
	}
};
