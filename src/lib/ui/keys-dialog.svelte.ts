// The dialog that makes or opens somebody's keys, which anything on a page may ask for. Light: what it shows is loaded
// with it.
import type { Keyring } from '#lib/client/keys.svelte.ts';
import type { Wallet } from '#lib/domain/order.ts';

/**
 * What the dialog is for: whatever is missing until the keys are open, new keys in the place of lost ones, new words, or
 * a second device that is to be let in.
 */
export type KeysPurpose = 'open' | 'replace' | 'words' | 'device';
type Wanted = { ring: Keyring; purpose: KeysPurpose; done: (open: boolean) => void };

let wanted = $state.raw<Wanted | null>(null);

/** The dialog of the root layout. */
export const keysDialog = {
	get wanted() {
		return wanted;
	},
	/** Opens it. Resolves when it closes, with whether the keys are open now. */
	ask(ring: Keyring, purpose: KeysPurpose): Promise<boolean> {
		wanted?.done(false);
		return new Promise((done) => (wanted = { ring, purpose, done }));
	},
	close(): void {
		wanted?.done(wanted.ring.status === 'open');
		wanted = null;
	}
};

/**
 * The keys of the signed-in wallet, open: makes them where it has none yet and opens them where they are locked, and asks
 * the person for no more than that takes.
 * @returns null where the person closed the dialog instead
 * @throws what `Keyring.load` throws: the node does not answer, or its answer is refused
 */
export async function ensureKeys(wallet: Wallet): Promise<Keyring | null> {
	const { keyringOf } = await import('#lib/client/keys.svelte.ts');
	const ring = keyringOf(wallet);
	if ((await ring.load()) === 'open' && !ring.unsigned) return ring;
	return (await keysDialog.ask(ring, 'open')) ? ring : null;
}
