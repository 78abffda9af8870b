// People with wallets and keys, each as a browser of theirs would have made them. No clock and no chance: the same
// name is the same person in every run.
import { keccak256, sha256, stringToHex } from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import type { Wallet } from '#lib/domain/order.ts';
import { acceptsOrigin, bindingOf, bindingTypedData, signKeyChange, type SignedBinding } from '#lib/crypto/binding.ts';
import { fromHex, type Bytes } from '#lib/crypto/bytes.ts';
import { noHash, type Scope } from '#lib/crypto/encoding.ts';
import { deriveIdentity, publicKeysOf, type Identity } from '#lib/crypto/identity.ts';
import { hashEntry, verifyKeyLog, type KeyLog, type KeyLogEntry } from '#lib/crypto/key-log.ts';
import type { Random } from '#lib/crypto/primitives.ts';

export const origin = 'https://market.example';
export const accepts = acceptsOrigin(origin, false);
export const scope: Scope = { chainId: 31_337, escrow: `0x${'e5'.repeat(20)}` };

/** Bytes that look random and are the same in every run. */
export function seeded(seed: string): Random {
	let count = 0;
	return (length) => {
		const bytes = new Uint8Array(length);
		for (let at = 0; at < length; at += 32)
			bytes.set(sha256(stringToHex(`${seed} ${count++}`), 'bytes').subarray(0, Math.min(32, length - at)), at);
		return bytes;
	};
}

export type Person = {
	account: PrivateKeyAccount;
	wallet: Wallet;
	master: Bytes;
	identity: Identity;
	entries: KeyLogEntry[];
	log: KeyLog;
};

/** A person whose first keys stand in the log. `at`: the site that they are for. */
export async function aPerson(name: string, at = origin): Promise<Person> {
	const account = privateKeyToAccount(walletKeyOf(name));
	const wallet = account.address.toLowerCase() as Wallet;
	const master = seeded(`master of ${name}`)(32);
	const identity = await deriveIdentity(master, wallet, 1);
	const signed = await bind(account, identity, null, at);
	const entries = [{ ...signed, previousHash: noHash }];
	return {
		account,
		wallet,
		master,
		identity,
		entries,
		log: await verifyKeyLog(entries, wallet, null, acceptsOrigin(at, false))
	};
}

/** The private key of a person's wallet. */
export function walletKeyOf(name: string): `0x${string}` {
	return keccak256(stringToHex(`wallet of ${name}`));
}

/** The person with keys of the next epoch. `how`: the old key signs them too, or it is lost. */
export async function withNewKeys(person: Person, how: 'continued' | 'wallet-only', at = origin): Promise<Person> {
	const { account, wallet, identity: before, entries } = person;
	const epoch = before.epoch + 1;
	const master = seeded(`master of ${wallet} ${epoch}`)(32);
	const identity = await deriveIdentity(master, wallet, epoch);
	const signed = await bind(account, identity, before, at, how === 'continued');
	const last = entries.at(-1);
	const more = [...entries, { ...signed, previousHash: last === undefined ? noHash : await hashEntry(last) }];
	const log = await verifyKeyLog(more, wallet, null, acceptsOrigin(at, false));
	return { account, wallet, master, identity, entries: more, log };
}

/** What a wallet signs for keys, whoever's they are. */
export async function bind(
	account: PrivateKeyAccount,
	identity: Identity,
	before: Identity | null,
	at: string,
	oldKeySigns = before !== null
): Promise<SignedBinding> {
	const binding = bindingOf(scope, publicKeysOf(identity), before && publicKeysOf(before), at);
	const walletSignature = await account.signTypedData(bindingTypedData(binding));
	const previousSignature = before && oldKeySigns ? signKeyChange(binding, before) : null;
	return { binding, walletSignature, previousSignature };
}

/** The same bytes with one bit turned over, for every bit. */
export function* flips(bytes: Uint8Array): Generator<Bytes> {
	for (let bit = 0; bit < 8 * bytes.length; bit++) {
		const other = new Uint8Array(bytes);
		other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
		yield other;
	}
}

/** 32 bytes as text, of a word. */
export function aHash(word: string): `0x${string}` {
	return sha256(stringToHex(word));
}

/** Bytes of a hex text. */
export function bytesOf(hex: string): Bytes {
	return fromHex(hex, 'test');
}
