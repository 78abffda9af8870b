import { redirect } from '@sveltejs/kit';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm } from '#lib/server/problem.ts';
import { fundDemoWallet, skipTime } from '#lib/server/services/demo.ts';
import type { Actions, PageServerLoad } from './$types';

const day = 86_400;

/** Acts on each development chain of this node, for whoever is signed in. */
function onEachChain(locals: App.Locals, act: (chainId: number) => Promise<void>) {
	return forForm(async () => {
		requireActor(locals);
		for (const { chainId, demo } of locals.context.config.chains) if (demo) await act(chainId);
		return { done: true };
	});
}

// The strip at the top of a demo's pages posts here; without script the answer is the dashboard.
export const load: PageServerLoad = () => redirect(303, '/dashboard');

export const actions: Actions = {
	skip: ({ locals }) =>
		onEachChain(locals, (chainId) => skipTime(locals.context, requireActor(locals), { chainId, seconds: day })),
	gas: ({ locals }) =>
		onEachChain(locals, (chainId) => fundDemoWallet(locals.context, requireActor(locals), { chainId }))
};
