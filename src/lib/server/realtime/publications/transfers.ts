import { z } from 'zod';
import type { Wallet } from '#lib/domain/order.ts';
import type { TransferRow } from '#lib/domain/publications.ts';
import type { TransferDocument } from '#lib/server/db/models/transfer.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

/** The viewer's transfer to a second device. */
export const transfer: Publication<'transfer'> = {
	name: 'transfer',
	collection: 'transfers',
	params: z.strictObject({}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }) => ({ filter: { _id: wallet }, keys: [`wallet:${wallet as Wallet}`] }),
	keys: (document) => [`wallet:${(document as TransferDocument)._id}`],
	show: (document, { wallet }): TransferRow | null => {
		const { _id, rev, transfer: id, answer, given, expiresAt } = document as TransferDocument;
		return _id === wallet ? { _id, rev, transfer: id, answer, given, expiresAt } : null;
	}
};
