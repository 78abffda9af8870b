// How a browser keeps secrets between visits: sealed by a key that WebCrypto holds and gives to nobody. Whoever reads the
// disk needs the browser's profile as a whole; a script that reads the database alone has ciphertext.
import type { Wallet } from '#lib/domain/order.ts';
import { concat, fromHex, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere, formatVersion } from '#lib/crypto/encoding.ts';
import { Malformed, Unreadable } from '#lib/crypto/errors.ts';
import { secureRandom } from '#lib/crypto/primitives.ts';
import { decodeSecrets, encodeSecrets, type VaultSecrets } from '#lib/crypto/vault.ts';

/** A key that can be stored (IndexedDB keeps a CryptoKey as it is) and used, and never read: AES-256-GCM. */
export function createDeviceKey(): Promise<CryptoKey> {
	return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/**
 * version ‖ 12 bytes of nonce ‖ AES-GCM of the plaintext.
 * @param place what it is bound to: an encoding under a label of its own
 */
export async function sealAtRest(plaintext: Bytes, place: Bytes, deviceKey: CryptoKey): Promise<Bytes> {
	const iv = secureRandom(12);
	const parameters = { name: 'AES-GCM', iv, additionalData: place };
	const ciphertext = await crypto.subtle.encrypt(parameters, deviceKey, plaintext);
	return concat(new Uint8Array([formatVersion]), iv, new Uint8Array(ciphertext));
}

/** @throws {Unreadable} for another key, another place, or an altered byte @throws {Malformed} */
export async function openAtRest(sealed: Uint8Array, place: Bytes, deviceKey: CryptoKey): Promise<Bytes> {
	if (sealed[0] !== formatVersion) throw new Malformed({ what: 'device', reason: 'version' });
	const parameters = { name: 'AES-GCM', iv: sealed.slice(1, 13), additionalData: place };
	const plaintext = await crypto.subtle.decrypt(parameters, deviceKey, sealed.slice(13)).catch(() => {
		throw new Unreadable({ what: 'device' });
	});
	return new Uint8Array(plaintext);
}

/** The secrets of a wallet, bound to it. */
export function sealForDevice(secrets: VaultSecrets, deviceKey: CryptoKey): Promise<Bytes> {
	return sealAtRest(encodeSecrets(secrets), placeOf(secrets.wallet), deviceKey);
}

/** @throws {Unreadable} for another key, another wallet's secrets, or an altered byte @throws {Malformed} */
export async function openForDevice(sealed: Uint8Array, wallet: Wallet, deviceKey: CryptoKey): Promise<VaultSecrets> {
	return decodeSecrets(await openAtRest(sealed, placeOf(wallet), deviceKey));
}

function placeOf(wallet: Wallet): Bytes {
	return encode('holdfast/device', everywhere, fromHex(wallet, 'wallet', 20));
}
