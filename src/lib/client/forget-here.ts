import { forgetKeys } from '#lib/client/keys.svelte.ts';
import { turnOffPush } from '#lib/client/push.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { signedOutCookie } from '#lib/domain/signed-out.ts';

/** Forgets what a wallet has in this browser, as its sign-out does. @throws why something stays behind */
export async function forgetHere(wallet: Wallet): Promise<void> {
	// Each by itself: a node that does not answer keeps nothing in this browser.
	const ends = await Promise.allSettled([forgetKeys(wallet), turnOffPush()]);
	const failed = ends.find((end) => end.status === 'rejected');
	if (failed) throw failed.reason;
}

/** {@link forgetHere} for a wallet that signed out of a page whose script had not come. */
export async function forgetLeft(wallet: Wallet): Promise<void> {
	// Once, whatever comes of it: on the pages after, it would take what the wallet has made since.
	document.cookie = `${signedOutCookie}=; path=/; max-age=0`;
	await forgetHere(wallet);
}
