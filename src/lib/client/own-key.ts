import { zeroHash } from '#lib/domain/offer.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';

/**
 * The anchor of a wallet's keys, for what it signs or sends: whoever reads that later knows its keys without asking this
 * node. Zero where the wallet has none, or the node does not say: nothing waits for it.
 */
export async function ownKeyHash(wallet: Wallet): Promise<Hex> {
	const [{ keyringOf }, { hashKeys }] = await Promise.all([
		import('#lib/client/keys.svelte.ts'),
		import('#lib/crypto/identity.ts')
	]);
	const ring = keyringOf(wallet);
	await ring.load().catch(() => undefined);
	return ring.log === null ? zeroHash : hashKeys(ring.log.current);
}
