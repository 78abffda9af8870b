// How a browser keeps the secrets between visits: sealed by a key that WebCrypto holds and gives to nobody. Whoever reads
// the disk needs the browser's profile as a whole; a script that reads the database alone has ciphertext.
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

/** version ‖ 12 bytes of nonce ‖ AES-GCM of the secrets; bound to their wallet. */
export async function sealForDevice(secrets: VaultSecrets, deviceKey: CryptoKey): Promise<Bytes> {
	const iv = secureRandom(12);
	const parameters = { name: 'AES-GCM', iv, additionalData: placeOf(secrets.wallet) };
	const ciphertext = await crypto.subtle.encrypt(parameters, deviceKey, encodeSecrets(secrets));
	return concat(new Uint8Array([formatVersion]), iv, new Uint8Array(ciphertext));
}

/** @throws {Unreadable} for another key, another wallet's secrets, or an altered byte @throws {Malformed} */
export async function openForDevice(sealed: Uint8Array, wallet: Wallet, deviceKey: CryptoKey): Promise<VaultSecrets> {
	if (sealed[0] !== formatVersion) throw new Malformed({ what: 'device', reason: 'version' });
	const parameters = { name: 'AES-GCM', iv: sealed.slice(1, 13), additionalData: placeOf(wallet) };
	const plaintext = await crypto.subtle.decrypt(parameters, deviceKey, sealed.slice(13)).catch(() => {
		throw new Unreadable({ what: 'device' });
	});
	return decodeSecrets(new Uint8Array(plaintext));
}

function placeOf(wallet: Wallet): Bytes {
	return encode('holdfast/device', everywhere, fromHex(wallet, 'wallet', 20));
}
