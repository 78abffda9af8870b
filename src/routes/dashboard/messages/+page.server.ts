import { listConversations } from '#lib/server/services/conversations.ts';
import { conversationLabels, namesOf } from '#lib/server/services/labels.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { context, actor }, depends }) => {
	depends('holdfast:messages');
	if (actor === null) return { conversations: [], labels: {}, names: {} };
	const { items: conversations } = await listConversations(context, actor, { limit: 100 });
	const [labels, names] = await Promise.all([
		conversationLabels(context, conversations),
		namesOf(
			context,
			conversations.flatMap(({ buyer, seller }) => [buyer, seller])
		)
	]);
	return { conversations, labels, names };
};
