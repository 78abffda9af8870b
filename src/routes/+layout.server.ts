import { zoneOf } from '#lib/domain/zone.ts';
import { publicChains } from '#lib/server/services/chains.ts';
import { isArbitrator } from '#lib/server/services/arbitrators.ts';
import { isOperator } from '#lib/server/services/operators.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, cookies }) => ({
	viewer: locals.actor && { wallet: locals.actor.wallet },
	/** Whether the viewer decides about reports here. */
	operator: isOperator(locals.context, locals.actor),
	/** Whether the viewer judges disputes. */
	arbitrator: await isArbitrator(locals.context, locals.actor),
	chains: publicChains(locals.context),
	walletConnect: locals.context.config.walletConnectProjectId ?? null,
	demo: locals.context.config.demo,
	zone: zoneOf(cookies.get('zone')),
	theme: themeOf(cookies.get('theme'))
});

function themeOf(given: string | undefined): 'light' | 'dark' | 'system' {
	return given === 'light' || given === 'dark' ? given : 'system';
}
