import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { block, hasBlocked, unblock } from '#lib/server/services/blocks.ts';
import { follow, isFollowing, unfollow } from '#lib/server/services/follows.ts';
import { currentKeys } from '#lib/server/services/keys.ts';
import { searchMarket, tileOf } from '#lib/server/services/market.ts';
import { findHiding } from '#lib/server/services/reports.ts';
import { listReviews } from '#lib/server/services/reviews.ts';
import { readProfile } from '#lib/server/services/users.ts';
import type { Actions, PageServerLoad } from './$types';

/** Listings that a profile shows; the market has the rest. */
const listingsShown = 12;

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params, url, depends }) => {
	depends('holdfast:profile');
	return forPage(requestId, async () => {
		const profile = await readProfile(context, params);
		const { wallet } = profile;
		const cursor = url.searchParams.get('reviews') ?? undefined;
		const about = { about: 'wallet', id: wallet } as const;
		const [reviews, listings, keys, following, blocked, hidden] = await Promise.all([
			listReviews(context, actor, { ...about, ...(cursor !== undefined && { cursor }) }),
			searchMarket(context, { seller: wallet, limit: listingsShown }),
			currentKeys(context, wallet),
			actor !== null && isFollowing(context, actor, wallet),
			actor !== null && hasBlocked(context, actor, wallet),
			actor && findHiding(context, actor, { kind: 'profile', id: wallet })
		]);
		const shown = { ...about, ...reviews, first: cursor === undefined };
		return { profile, reviews: shown, listings: listings.items.map(tileOf), keys, following, blocked, hidden };
	});
};

export const actions: Actions = {
	follow: ({ locals, params }) =>
		forForm(() => follow(locals.context, requireActor(locals), { seller: params.wallet })),
	unfollow: ({ locals, params }) =>
		forForm(() => unfollow(locals.context, requireActor(locals), { seller: params.wallet })),
	block: ({ locals, params }) => forForm(() => block(locals.context, requireActor(locals), params)),
	unblock: ({ locals, params }) => forForm(() => unblock(locals.context, requireActor(locals), params))
};
