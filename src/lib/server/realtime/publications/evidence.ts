import { z } from 'zod';
import { orderDocumentId } from '#lib/domain/schemas.ts';
import type { EvidenceDocument } from '#lib/server/db/models/evidence.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';

/** That something was put forward in a case; what it is, and how it stands to the chain, is read by request. */
export const evidence: Publication<'evidence'> = {
	name: 'evidence',
	collection: 'evidence',
	params: z.strictObject({ order: orderDocumentId }),
	authorise: ({ wallet }) => wallet !== null,
	find: ({ wallet }, { order }) => ({
		filter: { order, parties: wallet },
		sort: { submittedAt: -1 },
		limit: 100,
		keys: [`evidence:${order}`]
	}),
	keys: (document) => [`evidence:${(document as EvidenceDocument).order}`],
	show: (document, { wallet }) => {
		const { _id, rev, parties } = document as EvidenceDocument;
		return wallet !== null && parties.includes(wallet) ? { _id, rev } : null;
	}
};
