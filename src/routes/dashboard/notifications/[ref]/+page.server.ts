import { redirect } from '@sveltejs/kit';
import { forPage } from '#lib/server/problem.ts';
import { openNotice } from '#lib/server/services/notices.ts';
import { noticeHref } from '#lib/ui/notice-words.ts';
import type { PageServerLoad } from './$types';

/** Where e-mails and pushes lead: to what the notice is about, once its wallet is signed in. */
export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params: { ref } }) =>
	forPage(requestId, async () => {
		if (actor !== null) redirect(303, noticeHref(await openNotice(context, actor, { ref })));
		return {};
	});
