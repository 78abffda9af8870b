import type { Document } from 'mongodb';
import { z } from 'zod';
import { arbitratorSortFields, arbitratorSorts } from '#lib/domain/arbitrator-list.ts';
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import { address, chainId } from '#lib/domain/schemas.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

const keys = (document: Document) => ['arbitrators', `arbitrator:${(document as ArbitratorDocument).wallet}`];
/** What a chain says of its arbitrators is for everybody. */
const show = (document: Document) => document as ArbitratorDocument;

/** Who has a stake in a pool of one of these chains, those who left not among them. */
export function arbitratorsOf(chainIds: readonly number[]): Publication<'arbitrators'> {
	return {
		name: 'arbitrators',
		collection: 'arbitrators',
		params: z.strictObject({
			chainId: chainId.optional(),
			sort: z.enum(arbitratorSorts),
			limit: z.int().min(1).max(100)
		}),
		authorise: () => true,
		find: (_, { chainId: wanted, sort, limit }) => ({
			filter: {
				status: { $ne: 'Left' },
				chainId: { $in: chainIds.filter((one) => wanted === undefined || one === wanted) }
			},
			sort: { [arbitratorSortFields[sort]]: -1, _id: -1 },
			limit,
			keys: ['arbitrators']
		}),
		keys,
		show,
		sameForAll: true
	};
}

/** The seats of one wallet, one of each of these chains. */
export function seatsOf(chainIds: readonly number[]): Publication<'arbitrator'> {
	return {
		name: 'arbitrator',
		collection: 'arbitrators',
		params: z.strictObject({ wallet: address }),
		authorise: () => true,
		find: (_, { wallet }) => ({
			filter: { wallet, chainId: { $in: [...chainIds] } },
			sort: { chainId: 1 },
			keys: [`arbitrator:${wallet}`]
		}),
		keys,
		show,
		sameForAll: true
	};
}
