/**
 * The vault: a wallet's master keys as ciphertext that the server keeps. They are sealed under a random vault key, and
 * that key under each way in: the recovery code (always), passkeys. So a way can be added or taken away, and a new master
 * key stored, without asking for the words again.
 */
import type { Wallet } from '#lib/domain/order.ts';
import { fromBase64, fromHex, sameBytes, toBase64, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere } from '#lib/crypto/encoding.ts';
import { Malformed, Unreadable, VaultRefused } from '#lib/crypto/errors.ts';
import { deriveIdentity, type Identity, type MasterKey } from '#lib/crypto/identity.ts';
import { open, seal, secureRandom, type Random } from '#lib/crypto/primitives.ts';

/** What the vault keeps: the master key of every epoch, ascending. `revision` rises with every change. */
export type VaultSecrets = {
	wallet: Wallet;
	revision: number;
	vaultKey: Bytes;
	masters: readonly { epoch: number; master: MasterKey }[];
};

/** One way in. `credential` is the passkey's id in base64url, empty for the recovery code. */
type VaultWrap = { way: 'recovery' | 'passkey'; credential: string; sealed: string };

/** The vault as the server keeps it, JSON; ciphertexts in base64url. */
export type SealedVault = { wallet: Wallet; wraps: readonly VaultWrap[]; sealed: string };

/** A way into a vault, with its key: `recoveryKey`, `passkeyKey`. */
export type Way = { way: 'recovery'; key: Bytes } | { way: 'passkey'; credential: string; key: Bytes };

/** The secrets of somebody who has no keys yet. */
export function createVault(wallet: Wallet, master: MasterKey, random: Random = secureRandom): VaultSecrets {
	return { wallet, revision: 1, vaultKey: random(32), masters: [{ epoch: 1, master }] };
}

/** The secrets with a master key for the next epoch; give the same key again to bind it to another origin. */
export function withNextEpoch(secrets: VaultSecrets, master: MasterKey): VaultSecrets {
	const epoch = (secrets.masters.at(-1)?.epoch ?? 0) + 1;
	return { ...secrets, revision: secrets.revision + 1, masters: [...secrets.masters, { epoch, master }] };
}

/**
 * The secrets with a new master key that no old way in opens, and those before to read what was sent to them: for when
 * somebody else may have them.
 */
export function replaceVault(secrets: VaultSecrets, master: MasterKey, random: Random = secureRandom): VaultSecrets {
	return { ...withNextEpoch(secrets, master), vaultKey: random(32) };
}

/** The secrets after everything was lost: new keys at `epoch`, one more than the key log's last. */
export function replaceLostVault(
	wallet: Wallet,
	master: MasterKey,
	at: { epoch: number; revision: number },
	random: Random = secureRandom
): VaultSecrets {
	return { wallet, revision: at.revision, vaultKey: random(32), masters: [{ epoch: at.epoch, master }] };
}

/** The identities of all epochs, oldest first: the last signs, the others open what was sent to them. */
export function identitiesOf({ wallet, masters }: VaultSecrets): Promise<Identity[]> {
	return Promise.all(masters.map(({ epoch, master }) => deriveIdentity(master, wallet, epoch)));
}

/**
 * The vault for the server.
 * @param ways all ways in whose keys are at hand
 * @param kept wraps of the vault before, whose keys are not at hand and need not be: of the same `vaultKey`
 */
export function sealVault(
	secrets: VaultSecrets,
	ways: readonly Way[],
	kept: readonly VaultWrap[] = [],
	random: Random = secureRandom
): SealedVault {
	const { wallet, vaultKey } = secrets;
	const wraps = ways.map((way): VaultWrap => {
		const credential = way.way === 'passkey' ? way.credential : '';
		const content = encode(
			'holdfast/vault/wrap',
			everywhere,
			fromHex(wallet, 'wallet', 20),
			way.way,
			credential,
			vaultKey
		);
		return { way: way.way, credential, sealed: toBase64(seal(content, way.key, random)) };
	});
	const others = kept.filter(
		(old) => !wraps.some((wrap) => wrap.way === old.way && wrap.credential === old.credential)
	);
	return { wallet, wraps: [...others, ...wraps], sealed: toBase64(seal(encodeSecrets(secrets), vaultKey, random)) };
}

/**
 * Opens a vault by one of its ways.
 * @param atLeast the newest revision that this browser saw, 0 for none: an older one is a replay
 * @throws {VaultRefused} `no-wrap`, `rolled-back`
 * @throws {Unreadable} where the key is wrong, or the vault another wallet's
 * @throws {Malformed}
 */
export function openVault(vault: SealedVault, wallet: Wallet, by: Way, atLeast: number): VaultSecrets {
	const credential = by.way === 'passkey' ? by.credential : '';
	const wrap = vault.wraps.find((one) => one.way === by.way && one.credential === credential);
	if (wrap === undefined) throw new VaultRefused({ wallet, reason: 'no-wrap' });

	const content = decode(open(fromBase64(wrap.sealed, 'vault'), by.key, 'vault'), 'holdfast/vault/wrap');
	const isThisPlace = content.wallet() === wallet && content.text() === by.way && content.text() === credential;
	if (!isThisPlace) throw new Unreadable({ what: 'vault' });
	const vaultKey = content.bytes(32);
	content.end();

	const secrets = decodeSecrets(open(fromBase64(vault.sealed, 'vault'), vaultKey, 'vault'));
	if (secrets.wallet !== wallet || !sameBytes(secrets.vaultKey, vaultKey)) throw new Unreadable({ what: 'vault' });
	if (secrets.revision < atLeast) throw new VaultRefused({ wallet, reason: 'rolled-back' });
	return secrets;
}

/**
 * Opens a newer revision of a vault whose key is at hand: another device added keys or a way in.
 * @throws {Unreadable} where it is another vault: everything was replaced after a loss
 * @throws {VaultRefused} `rolled-back` @throws {Malformed}
 */
export function refreshVault(vault: SealedVault, held: VaultSecrets): VaultSecrets {
	const { wallet, vaultKey, revision } = held;
	const secrets = decodeSecrets(open(fromBase64(vault.sealed, 'vault'), vaultKey, 'vault'));
	if (secrets.wallet !== wallet || !sameBytes(secrets.vaultKey, vaultKey)) throw new Unreadable({ what: 'vault' });
	if (secrets.revision < revision) throw new VaultRefused({ wallet, reason: 'rolled-back' });
	return secrets;
}

/** The encoding of the secrets, for the vault, for a second device, and for the browser's own store. */
export function encodeSecrets({ wallet, revision, vaultKey, masters }: VaultSecrets): Bytes {
	const keys = masters.flatMap(({ epoch, master }) => [epoch, master]);
	return encode(
		'holdfast/vault/secrets',
		everywhere,
		fromHex(wallet, 'wallet', 20),
		revision,
		vaultKey,
		masters.length,
		...keys
	);
}

/** Reads what {@link encodeSecrets} wrote. @throws {Malformed} */
export function decodeSecrets(bytes: Uint8Array): VaultSecrets {
	const content = decode(bytes, 'holdfast/vault/secrets');
	const [wallet, revision, vaultKey, count] = [
		content.wallet(),
		content.integer(),
		content.bytes(32),
		content.integer()
	];
	if (count < 1 || count > 10_000) throw new Malformed({ what: 'vault', reason: 'masters' });
	const masters = Array.from({ length: count }, () => ({ epoch: content.integer(), master: content.bytes(32) }));
	content.end();
	return { wallet, revision, vaultKey, masters };
}
