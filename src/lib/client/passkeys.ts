// What the browser is asked of passkeys (WebAuthn Level 3 with the extension `prf`). A passkey is no sign-in here: it is
// made for the secret that it gives, and nothing of it goes to the node but its id.
import type { Wallet } from '#lib/domain/order.ts';
import { fromBase64, fromHex, toBase64, type Bytes } from '#lib/crypto/bytes.ts';
import { PasskeyWithoutSecret } from '#lib/crypto/errors.ts';
import { passkeyExtension, passkeyKey } from '#lib/crypto/passkey.ts';
import { secureRandom } from '#lib/crypto/primitives.ts';
import { ActionError } from '#lib/client/failure.ts';

/** A passkey, by its id in base64url, and the key that opens a vault's wrap. */
type Passkey = { credential: string; key: Bytes };

/** Whether this browser has passkeys at all; whether one gives a secret shows only when it is made. */
export function hasPasskeys(): boolean {
	return 'PublicKeyCredential' in window;
}

/** ES256, EdDSA and RS256: what authenticators know. Nobody verifies the signature. */
const algorithms = [-7, -8, -257];

/**
 * Makes a passkey for the vault of a wallet.
 * @param known ids of those that the vault has: their authenticators make no second one
 * @throws {PasskeyWithoutSecret} @throws {ActionError} `passkey-refused`, `passkey-known`, `passkey-unavailable`
 */
export async function createPasskey(wallet: Wallet, known: readonly string[]): Promise<Passkey> {
	const name = `${wallet.slice(0, 6)}…${wallet.slice(-4)}`;
	const made = await asked(
		navigator.credentials.create({
			publicKey: {
				rp: { name: 'Holdfast' },
				user: { id: fromHex(wallet, 'wallet', 20), name, displayName: name },
				challenge: secureRandom(32),
				pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
				excludeCredentials: known.map(descriptor),
				authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
				extensions: await passkeyExtension(wallet)
			}
		})
	);
	const results = made.getClientExtensionResults();
	if (results.prf?.results?.first !== undefined) return { credential: idOf(made), key: await passkeyKey(results) };
	// Some authenticators give the secret only when the passkey is used.
	if (results.prf?.enabled === false) throw new PasskeyWithoutSecret();
	return usePasskey(wallet, [idOf(made)]);
}

/**
 * Asks for one of the passkeys of a wallet's vault.
 * @throws {PasskeyWithoutSecret} @throws {ActionError} `passkey-refused`, `passkey-unavailable`
 */
export async function usePasskey(wallet: Wallet, known: readonly string[]): Promise<Passkey> {
	const used = await asked(
		navigator.credentials.get({
			publicKey: {
				challenge: secureRandom(32),
				allowCredentials: known.map(descriptor),
				userVerification: 'required',
				extensions: await passkeyExtension(wallet)
			}
		})
	);
	return { credential: idOf(used), key: await passkeyKey(used.getClientExtensionResults()) };
}

function descriptor(credential: string): PublicKeyCredentialDescriptor {
	return { type: 'public-key', id: fromBase64(credential, 'passkey') };
}

function idOf({ rawId }: PublicKeyCredential): string {
	return toBase64(new Uint8Array(rawId));
}

/** What the browser calls what went wrong, and what it is called here. */
const refusals: Record<string, string> = {
	// Said no, waited too long, or the passkey is not on this device: a page is not told which.
	NotAllowedError: 'passkey-refused',
	AbortError: 'passkey-refused',
	InvalidStateError: 'passkey-known',
	NotSupportedError: 'passkey-unavailable',
	// The page is at an IP address, or not on https.
	SecurityError: 'passkey-unavailable'
};

async function asked(question: Promise<Credential | null>): Promise<PublicKeyCredential> {
	try {
		const answer = await question;
		if (answer instanceof PublicKeyCredential) return answer;
		throw new ActionError('passkey-unavailable');
	} catch (error) {
		const code = error instanceof DOMException ? refusals[error.name] : undefined;
		throw code === undefined ? error : new ActionError(code);
	}
}
