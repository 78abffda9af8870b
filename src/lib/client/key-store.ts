/**
 * What this browser keeps of its people's keys, in IndexedDB, by wallet: the secrets, sealed by a key that WebCrypto holds
 * and gives to nobody; the newest vault that it saw; and what it saw of other people's keys. On a device that is not
 * trusted the sealed secrets lie in the tab's own storage instead: with the tab they are gone, and the key that is left
 * opens nothing.
 */
import type { DBSchema } from 'idb';
import { openStore } from '#lib/client/open-store.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { createDeviceKey, openForDevice, sealForDevice } from '#lib/crypto/at-rest.ts';
import { fromBase64, toBase64, type Bytes } from '#lib/crypto/bytes.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import type { KeyPin } from '#lib/crypto/key-log.ts';
import type { VaultSecrets } from '#lib/crypto/vault.ts';

type Kept = {
	wallet: Wallet;
	deviceKey: CryptoKey;
	/** The secrets; null where they lie in a tab, or nowhere. */
	sealed: Bytes | null;
	/** The newest revision of the vault that was seen: an older one is a replay. */
	revision: number;
};

/** What one wallet saw of another's key log. */
export type Sighting = {
	owner: Wallet;
	wallet: Wallet;
	/** The log as it was seen last. */
	pin: KeyPin;
	/** The log up to which its changes were accepted by the person. */
	accepted: KeyPin;
	/** When the newest change was seen first; of the first sight where there was none. */
	seenAt: Date;
};

interface Schema extends DBSchema {
	kept: { key: Wallet; value: Kept };
	sightings: { key: [Wallet, Wallet]; value: Sighting };
}

const database = openStore<Schema>('holdfast-keys', (made) => {
	made.createObjectStore('kept', { keyPath: 'wallet' });
	made.createObjectStore('sightings', { keyPath: ['owner', 'wallet'] });
});

const tabKey = (wallet: Wallet) => `holdfast.keys.${wallet}`;

/** The secrets of a wallet, and whether they outlive the tab; null where this browser has none. @throws {Malformed} */
export async function readSecrets(wallet: Wallet): Promise<{ secrets: VaultSecrets; trusted: boolean } | null> {
	const kept = await (await database()).get('kept', wallet);
	if (kept === undefined) return null;
	const inTab = sessionStorage.getItem(tabKey(wallet));
	const sealed = kept.sealed ?? (inTab === null ? null : fromBase64(inTab, 'device'));
	if (sealed === null) return null;
	try {
		return { secrets: await openForDevice(sealed, wallet, kept.deviceKey), trusted: kept.sealed !== null };
	} catch (error) {
		if (error instanceof Unreadable) return null; // another tab locked them, and took the key away
		throw error;
	}
}

/**
 * What seals other things that this browser keeps for a wallet, and whether they may outlive the tab; null where its keys
 * are not here.
 */
export async function readDeviceKey(wallet: Wallet): Promise<{ deviceKey: CryptoKey; trusted: boolean } | null> {
	const kept = await (await database()).get('kept', wallet);
	if (kept === undefined) return null;
	const { deviceKey, sealed } = kept;
	if (sealed !== null) return { deviceKey, trusted: true };
	return sessionStorage.getItem(tabKey(wallet)) === null ? null : { deviceKey, trusted: false };
}

/** Keeps the secrets of a wallet: for good on a trusted device, else for as long as the tab lives. */
export async function keepSecrets(secrets: VaultSecrets, trusted: boolean): Promise<void> {
	const { wallet, revision } = secrets;
	const fresh = await createDeviceKey(); // made before: a transaction does not wait for anything but its own
	const store = await database();
	const first = store.transaction('kept', 'readwrite');
	const before = await first.store.get(wallet);
	// Other tabs may have sealed theirs with the key that is there.
	const deviceKey = before?.deviceKey ?? fresh;
	const kept = { wallet, deviceKey, sealed: before?.sealed ?? null };
	await first.store.put({ ...kept, revision: Math.max(revision, before?.revision ?? 0) });
	await first.done;

	const sealed = await sealForDevice(secrets, deviceKey);
	if (trusted) sessionStorage.removeItem(tabKey(wallet));
	else sessionStorage.setItem(tabKey(wallet), toBase64(sealed));
	const second = store.transaction('kept', 'readwrite');
	const now = await second.store.get(wallet);
	// Gone meanwhile: another tab signed out.
	if (now !== undefined) await second.store.put({ ...now, sealed: trusted ? sealed : null });
	await second.done;
}

/** The newest revision of a wallet's vault that this browser saw; 0 for none. */
export async function revisionSeen(wallet: Wallet): Promise<number> {
	return (await (await database()).get('kept', wallet))?.revision ?? 0;
}

/** Forgets the secrets of a wallet and what opens them; what was seen of others, and of the vault, stays. */
export async function lockSecrets(wallet: Wallet): Promise<void> {
	sessionStorage.removeItem(tabKey(wallet));
	const fresh = await createDeviceKey();
	const change = (await database()).transaction('kept', 'readwrite');
	const kept = await change.store.get(wallet);
	if (kept !== undefined) await change.store.put({ ...kept, deviceKey: fresh, sealed: null });
	await change.done;
}

/** Forgets all there is of a wallet. */
export async function forgetWallet(wallet: Wallet): Promise<void> {
	sessionStorage.removeItem(tabKey(wallet));
	const change = (await database()).transaction(['kept', 'sightings'], 'readwrite');
	const own = IDBKeyRange.bound([wallet], [wallet, []]);
	await Promise.all([
		change.objectStore('kept').delete(wallet),
		change.objectStore('sightings').delete(own),
		change.done
	]);
}

export async function readSighting(owner: Wallet, wallet: Wallet): Promise<Sighting | null> {
	return (await (await database()).get('sightings', [owner, wallet])) ?? null;
}

/** Keeps what was seen, unless another tab saw a longer log meanwhile. */
export async function keepSighting(sighting: Sighting): Promise<void> {
	const change = (await database()).transaction('sightings', 'readwrite');
	const before = await change.store.get([sighting.owner, sighting.wallet]);
	if (before === undefined || before.pin.epoch <= sighting.pin.epoch) await change.store.put(sighting);
	await change.done;
}
