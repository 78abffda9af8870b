import type { Document } from 'mongodb';
import { z } from 'zod';
import type { ReviewDocument } from '#lib/server/db/models/review.ts';
import type { Publication } from '#lib/server/realtime/publication.ts';
import { reviewFilter, reviewRow, reviewSubject, reviewsOnPage } from '#lib/server/services/reviews.ts';

/** The newest reviews of a wallet or a product, or those of an order. */
export const reviews: Publication<'reviews'> = {
	name: 'reviews',
	collection: 'reviews',
	params: z.strictObject(reviewSubject),
	authorise: () => true,
	find: (_, subject) => ({
		filter: reviewFilter(subject),
		sort: { createdAt: -1, _id: -1 },
		limit: reviewsOnPage,
		keys: [`reviews:${subject.about}:${subject.id}`]
	}),
	keys: (document: Document) => {
		const { order, product, target } = document as ReviewDocument;
		return [`reviews:order:${order}`, `reviews:wallet:${target}`, ...(product ? [`reviews:product:${product}`] : [])];
	},
	show: (document, { wallet }) => reviewRow(document as ReviewDocument, wallet)
};
