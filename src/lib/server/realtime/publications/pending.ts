import { z } from 'zod';
import type { PendingRow } from '#lib/domain/publications.ts';
import { bytes32 } from '#lib/domain/schemas.ts';
import type { PendingActionDocument } from '#lib/server/db/models/pending-action.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

/** The viewer's announced steps that no stored event has closed, the newest first; failed ones stay a day. */
export const pending: Publication<'pending'> = {
	name: 'pending',
	collection: 'pendingActions',
	params: z.strictObject({ orderId: bytes32.optional() }),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }, { orderId }) => ({
		filter: {
			actor: wallet,
			state: { $in: ['sent', 'mined', 'failed', 'replaced'] },
			...(orderId !== undefined && { orderId })
		},
		sort: { seenAt: -1 },
		limit: 100,
		keys: [`wallet:${wallet}`]
	}),
	keys: (document) => [`wallet:${(document as PendingActionDocument).actor}`],
	show: (document, { wallet }): PendingRow | null => {
		const { _id, rev, chainId, txHash, orderId, actor, action, state, seenAt } = document as PendingActionDocument;
		return actor === wallet ? { _id, rev, chainId, txHash, orderId, actor, action, state, seenAt } : null;
	}
};
