import { z } from 'zod';
import type { CountRow } from '#lib/domain/publications.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

/** How many payments and withdrawals the viewer had: sums are to be read anew when that changes. */
export const payouts: Publication<'payouts'> = {
	name: 'payouts',
	collection: 'payouts',
	params: z.strictObject({}),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }) => ({ filter: { wallet }, keys: [`wallet:${wallet}`], count: 'payouts' }),
	keys: (document) => [`wallet:${(document as PayoutDocument).wallet}`],
	show: (document) => ({ ...(document as CountRow) })
};
