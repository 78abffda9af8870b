import { z } from 'zod';
import type { ChainRow } from '#lib/domain/publications.ts';
import type { ChainCursorDocument } from '#lib/server/db/models/chain-cursor.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

/** How far this node has followed each chain. */
export const chains: Publication<'chains'> = {
	name: 'chains',
	collection: 'chainCursors',
	params: z.strictObject({}),
	authorise: () => true,
	find: () => ({ filter: {}, sort: { _id: 1 }, limit: 100, keys: ['chains'] }),
	keys: () => ['chains'],
	show: (document): ChainRow => {
		const { _id, rev, state, reason, head, nextBlock, lastError } = document as ChainCursorDocument;
		return {
			_id: String(_id),
			rev,
			chainId: _id,
			state,
			reason,
			head: head.number,
			headTime: head.time,
			seenAt: head.seenAt,
			lag: Math.max(0, head.number + 1 - nextBlock),
			error: lastError
		};
	},
	sameForAll: true
};
