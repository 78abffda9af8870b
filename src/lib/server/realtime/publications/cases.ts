import type { Document } from 'mongodb';
import { z } from 'zod';
import type { CaseDocument } from '#lib/domain/case.ts';
import { orderKey, type Wallet } from '#lib/domain/order.ts';
import type { RowOf } from '#lib/domain/publications.ts';
import { bytes32, chainId } from '#lib/domain/schemas.ts';
import type { Publication, Viewer } from '#lib/server/realtime/publication.ts';
import { drawRow } from '#lib/server/services/cases.ts';

type CaseRow = RowOf<'cases'>;

function keys(document: Document): string[] {
	const { _id, buyer, seller, holders } = document as CaseDocument;
	return [`case:${_id}`, `wallet:${buyer}`, `wallet:${seller}`, ...holders.map((wallet) => `judge:${wallet}`)];
}

/** It says no more than its chain does: whoever was drawn sees it, also once they lost it. */
function show(document: Document, { wallet }: Viewer): CaseRow | null {
	const dispute = document as CaseDocument;
	const mayRead = wallet !== null && [dispute.buyer, dispute.seller, ...dispute.people].includes(wallet);
	return mayRead ? dispute : null;
}

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
	keys,
	show
};

/** The draws of one case: what its chain tells everybody. */
export const draw: Publication<'draw'> = {
	name: 'draw',
	collection: 'cases',
	params: z.strictObject({ chainId, orderId: bytes32 }),
	authorise: () => true,
	find: (_, params) => {
		const _id = orderKey(params.chainId, params.orderId);
		return { filter: { _id }, keys: [`case:${_id}`] };
	},
	keys,
	show: (document) => drawRow(document as CaseDocument),
	sameForAll: true
};

/** The disputes about the viewer's orders, the latest first; of those that have not ended none is left out. */
export const disputes: Publication<'cases'> = {
	name: 'cases',
	collection: 'cases',
	params: z.strictObject({ open: z.literal(true).optional() }),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }, { open }) => ({
		filter: { $or: [{ buyer: wallet }, { seller: wallet }].map((own) => (open ? { ...own, endedAt: null } : own)) },
		sort: { openedAt: -1, _id: -1 },
		...(!open && { limit: 200 }),
		keys: [`wallet:${wallet as Wallet}`]
	}),
	keys,
	show
};

/** The disputes that the viewer is bound by as an arbitrator or a panelist, the latest first. */
export const judging: Publication<'judging'> = {
	name: 'judging',
	collection: 'cases',
	params: z.strictObject({}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }) => ({
		filter: { holders: wallet },
		sort: { openedAt: -1, _id: -1 },
		limit: 200,
		keys: [`judge:${wallet as Wallet}`]
	}),
	keys,
	show
};
