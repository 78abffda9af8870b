// A passkey's secret (WebAuthn Level 3, extension `prf`; CTAP 2.1 hmac-secret): the same 32 bytes for the same passkey
// and input, and nobody's but its owner's. What calls the browser stands in the client; here is what goes in and out.
import type { Wallet } from '#lib/domain/order.ts';
import { fromHex, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';
import { PasskeyWithoutSecret } from '#lib/crypto/errors.ts';
import { deriveKey, sha256 } from '#lib/crypto/primitives.ts';

/** What the extension is asked for: `{ prf: { eval: { first } } }`, when a passkey is made and each time it is used. */
export async function passkeyExtension(wallet: Wallet): Promise<{ prf: { eval: { first: Bytes } } }> {
	const first = await sha256(encode('holdfast/vault/passkey-input', everywhere, fromHex(wallet, 'wallet', 20)));
	return { prf: { eval: { first } } };
}

/**
 * The key that opens a vault's passkey wrap.
 * @param results `getClientExtensionResults()` of the credential
 * @throws {PasskeyWithoutSecret} where there is no result: some authenticators give it only when used, not when made
 */
export async function passkeyKey(results: {
	prf?: { results?: { first?: ArrayBuffer | ArrayBufferView } };
}): Promise<Bytes> {
	const first = results.prf?.results?.first;
	if (first === undefined || first.byteLength < 32) throw new PasskeyWithoutSecret();
	const secret = ArrayBuffer.isView(first)
		? new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
		: new Uint8Array(first);
	return deriveKey(secret, encode('holdfast/vault/passkey', everywhere));
}
