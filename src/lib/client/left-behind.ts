import { forgetKeys } from '#lib/client/keys.svelte.ts';
import { turnOffPush } from '#lib/client/push.ts';
import { signedOutCookie } from '#lib/domain/signed-out.ts';
import type { Wallet } from '#lib/domain/order.ts';

/** Forgets what a wallet had in this browser when it signed out of a page whose script had not come. */
export async function forgetLeft(wallet: Wallet): Promise<void> {
	await Promise.all([forgetKeys(wallet), turnOffPush()]);
	document.cookie = `${signedOutCookie}=; path=/; max-age=0`;
}
