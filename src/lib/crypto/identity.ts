// A person's keys: a master key that is made at random, and the two key pairs that follow from it.
import { keccak256 } from 'viem';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { fromHex, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';
import { boxKeyPair, deriveKey, secureRandom, signKeyPair, type KeyPair } from '#lib/crypto/primitives.ts';

/** 32 random bytes. Never derived from a wallet's signature: whoever gets that signed would read everything. */
export type MasterKey = Bytes;

/** What others know of an identity: X25519 and Ed25519 public keys, 32 bytes each. Epochs count from 1. */
export type PublicKeys = { wallet: Wallet; x25519: Hex; ed25519: Hex; epoch: number };

/** What its owner holds: the key pairs of one epoch. */
export type Identity = { wallet: Wallet; epoch: number; box: KeyPair; sign: KeyPair };

export function createMasterKey(random = secureRandom): MasterKey {
	return random(32);
}

/**
 * The key pairs of a master key. They do not depend on the epoch, so that the same keys can be bound anew (to another
 * origin); new keys come from a new master key.
 */
export async function deriveIdentity(master: MasterKey, wallet: Wallet, epoch: number): Promise<Identity> {
	const [boxSecret, signSeed] = await Promise.all(
		['holdfast/identity/x25519', 'holdfast/identity/ed25519'].map((label) =>
			deriveKey(master, encode(label, everywhere, fromHex(wallet, 'wallet', 20)))
		)
	);
	if (boxSecret === undefined || signSeed === undefined) throw new Error('Two labels give two keys');
	return { wallet, epoch, box: boxKeyPair(boxSecret), sign: signKeyPair(signSeed) };
}

export function publicKeysOf({ wallet, epoch, box, sign }: Identity): PublicKeys {
	return { wallet, epoch, x25519: toHex(box.public), ed25519: toHex(sign.public) };
}

/**
 * The anchor of a key: `sellerKeyHash` of an offer and `buyerKeyHash` of an order. keccak256 over the header and wallet,
 * x25519, ed25519, epoch.
 * @throws {Malformed}
 */
export function hashKeys(keys: PublicKeys): Hex {
	return keccak256(encodeKeys('holdfast/keys', keys));
}

/** Public keys as they are hashed, under the label of what for. @throws {Malformed} */
export function encodeKeys(label: string, { wallet, x25519, ed25519, epoch }: PublicKeys): Bytes {
	return encode(
		label,
		everywhere,
		fromHex(wallet, 'wallet', 20),
		fromHex(x25519, 'x25519', 32),
		fromHex(ed25519, 'ed25519', 32),
		epoch
	);
}
