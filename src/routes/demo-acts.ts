// What the demo's strip does when it is pressed. Loaded then: it is on every page, and seldom needed.
import { invalidateAll } from '$app/navigation';
import type { PublicChain } from '#lib/chain/chains.ts';
import { failureOf } from '#lib/client/failure.ts';
import { takeFromFaucet } from '#lib/client/faucet.ts';
import { signIn } from '#lib/client/sign-in.ts';
import { connectWallet, loadWallets } from '#lib/client/wallet.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { explain } from '#lib/ui/explain.ts';
import { notify } from '#lib/ui/notify.svelte.ts';

/** Signs in the actor whose host name the page is at. */
export function be(name: string): Promise<void> {
	return orSaid(async () => {
		await loadWallets();
		await connectWallet(`localhost.holdfast.${name}`);
		await signIn(m.connect_statement());
	});
}

/** Gives the viewer some of the first token of every demo chain that has a faucet. */
export function give(chains: readonly PublicChain[]): Promise<void> {
	return orSaid(async () => {
		const given = chains.flatMap((chain) =>
			faucetsOf(chain)
				.slice(0, 1)
				.map((token) => ({ chain, token }))
		);
		for (const { chain, token } of given) await takeFromFaucet(chain, token);
		await notify('success', m.demo_faucet_done({ symbol: given[0]?.token.symbol ?? '' }));
	});
}

const faucetsOf = ({ demo, tokens }: PublicChain) => (demo ? tokens.filter(({ faucet }) => faucet) : []);

/** What fails is said, and the page stays. */
async function orSaid(act: () => Promise<void>): Promise<void> {
	try {
		await act();
		await invalidateAll();
	} catch (error) {
		await notify('error', explain(failureOf(error).code));
	}
}
