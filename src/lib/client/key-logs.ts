// Other wallets' keys: fetched, checked in the worker, compared with what this browser saw before.
import type { Wallet } from '#lib/domain/order.ts';
import { DomainError } from '#lib/domain/errors.ts';
import { acceptsOrigin } from '#lib/crypto/binding.ts';
import { changesSince, pinOf, verifyKeyLog, type KeyLog, type KeyLogEntry, type KeyPin } from '#lib/crypto/key-log.ts';
import { askWithWitness } from '#lib/client/contract-witness.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { keepSighting, readSighting, type Sighting } from '#lib/client/key-store.ts';
import { read } from '#lib/client/post.ts';
import { walletChains } from '#lib/client/wallet.svelte.ts';

/**
 * A checked key log, and what became of it here. `changes` are the keys that came since the person last agreed, oldest
 * first, each with its `continuity`; `accepted` and `seenAt` are what `requireReshareable` asks for.
 */
export type SeenKeyLog = KeyLog & { changes: KeyLog['entries']; accepted: KeyPin; seenAt: Date };

/**
 * The key log of `wallet` as `owner` sees it; null where it has no keys and never had.
 * @throws {KeyLogBroken} {KeyRefused} {BadSignature} {ReadersUnconfirmed}
 */
export async function seeKeyLog(owner: Wallet, wallet: Wallet): Promise<SeenKeyLog | null> {
	const [entries, before] = await Promise.all([
		read<KeyLogEntry[]>(`/api/v1/keys/${wallet}`),
		readSighting(owner, wallet)
	]);
	if (entries.length === 0 && before === null) return null;
	const log = await verified(entries, wallet, before?.pin ?? null);
	const sighting = sightingOf(owner, log, before);
	await keepSighting(sighting);
	const { accepted, seenAt } = sighting;
	return { ...log, changes: changesSince(log, accepted), accepted, seenAt };
}

/** The person agreed to the keys of `wallet` as they were seen last. */
export async function acceptKeyLog(owner: Wallet, wallet: Wallet): Promise<void> {
	const before = await readSighting(owner, wallet);
	if (before !== null) await keepSighting({ ...before, accepted: before.pin });
}

function sightingOf(owner: Wallet, log: KeyLog, before: Sighting | null): Sighting {
	const { wallet } = log;
	const pin = pinOf(log);
	if (before === null) return { owner, wallet, pin, accepted: pin, seenAt: new Date() };
	const isNew = pin.epoch > before.pin.epoch;
	// One's own changes were made by oneself.
	const accepted = owner === wallet ? pin : before.accepted;
	return { owner, wallet, pin, accepted, seenAt: isNew ? new Date() : before.seenAt };
}

async function verified(entries: readonly KeyLogEntry[], wallet: Wallet, pin: KeyPin | null): Promise<KeyLog> {
	const { origin } = location;
	const demo = walletChains().some((chain) => chain.demo);
	try {
		return await inWorker('verifyKeyLog', { entries, wallet, pin, origin, demo });
	} catch (error) {
		const isContract =
			error instanceof DomainError && error.code === 'bad-signature' && error.data.what === 'key-binding';
		const chainId = entries.at(-1)?.binding.chainId;
		if (!isContract || chainId === undefined) throw error;
		return verifyKeyLog(entries, wallet, pin, acceptsOrigin(origin, demo), await askWithWitness(chainId));
	}
}
