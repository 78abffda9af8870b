import { redirect } from '@sveltejs/kit';
import { forPage } from '#lib/server/problem.ts';
import { requireOwnConversation } from '#lib/server/services/conversations.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params }) =>
	forPage(requestId, async () => {
		if (actor === null) return { talk: null };
		const place = await requireOwnConversation(context, actor, params.id);
		// An order's conversation stands on its page, with all else that is known of it.
		if (place.order !== null) redirect(307, `/dashboard/orders/${place.order._id}#talk`);
		const { conversation, buyer, seller, parties, product } = place;
		const [labels, names] = await Promise.all([labelsOf(context, [product]), namesOf(context, [buyer, seller])]);
		return { talk: { conversation, parties, buyer, seller, product: labels.get(product ?? '') ?? null, names } };
	});
