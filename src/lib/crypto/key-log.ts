/**
 * Every key that a wallet ever had, as a hash chain that is only added to. A client pins the first key and the head that
 * it saw; a server that takes an entry away, exchanges one, or shows two people two logs is caught by a pin, by the head
 * that each message names, by the key in a signed offer, or by the one in an order's creation event.
 */
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { AskContract } from '#lib/domain/signature.ts';
import {
	hashBinding,
	requireBindingFollows,
	requireWalletSignature,
	type AcceptsOrigin,
	type Continuity,
	type SignedBinding
} from '#lib/crypto/binding.ts';
import { fromHex, toHex } from '#lib/crypto/bytes.ts';
import { encode, noHash } from '#lib/crypto/encoding.ts';
import { BadSignature, KeyLogBroken, KeyRefused } from '#lib/crypto/errors.ts';
import { hashKeys, type PublicKeys } from '#lib/crypto/identity.ts';
import { sha256 } from '#lib/crypto/primitives.ts';

/** An entry as the server keeps it; the log of a wallet is its entries in order of their epochs, 1, 2, 3 … */
export type KeyLogEntry = SignedBinding & { previousHash: Hex };

/** An entry that was checked. `usable`: what this epoch signed counts as the wallet's. */
type CheckedEntry = { keys: PublicKeys; hash: Hex; continuity: Continuity; usable: boolean };

/** A log that was checked; `current` is what to encrypt to. */
export type KeyLog = { wallet: Wallet; head: Hex; entries: readonly CheckedEntry[]; current: PublicKeys };

/** What a client remembers of a log: the hash of its first keys (`hashKeys`), its head, and how long it was. */
export type KeyPin = { firstKey: Hex; head: Hex; epoch: number };

/** The hash of an entry: of the one before, of what was signed, and of the signatures. */
export async function hashEntry({
	binding,
	walletSignature,
	previousSignature,
	previousHash
}: KeyLogEntry): Promise<Hex> {
	return toHex(
		await sha256(
			encode(
				'holdfast/key-log',
				binding,
				fromHex(previousHash, 'previousHash', 32),
				fromHex(hashBinding(binding), 'digest', 32),
				fromHex(walletSignature, 'walletSignature'),
				fromHex(previousSignature ?? '0x', 'previousSignature')
			)
		)
	);
}

/**
 * Checks a wallet's log as a server gives it. Every link must hold. The newest entry must be signed by the wallet for an
 * accepted origin; an older one may also be vouched for by the entry that follows it, if its key signed that one: so a
 * log moves with an import to another origin, and a contract wallet may change its owners.
 * @param pin what was seen before, null at first sight
 * @throws {KeyLogBroken} where it is empty, a link is wrong, or it is not an extension of what was pinned
 * @throws {KeyRefused} {@link requireBindingFollows}; `origin` for the newest
 * @throws {BadSignature} for the newest; the wallet is to be asked anew
 * @throws {Malformed}
 * @throws whatever `askContract` throws when the chain cannot be reached
 */
export async function verifyKeyLog(
	log: readonly KeyLogEntry[],
	wallet: Wallet,
	pin: KeyPin | null,
	accepts: AcceptsOrigin,
	askContract?: AskContract
): Promise<KeyLog> {
	if (log.length === 0) throw new KeyLogBroken({ wallet, reason: pin === null ? 'empty' : 'shortened' });

	const entries: CheckedEntry[] = [];
	for (const entry of log) {
		const before = entries.at(-1);
		if (entry.previousHash !== (before?.hash ?? noHash)) throw new KeyLogBroken({ wallet, reason: 'link' });
		const continuity = await requireBindingFollows(entry, wallet, before?.keys ?? null);
		const { x25519, ed25519, epoch } = entry.binding;
		const isNewest = entries.length === log.length - 1;
		const usable = await isAttested(entry, accepts, askContract, isNewest);
		entries.push({ keys: { wallet, x25519, ed25519, epoch }, hash: await hashEntry(entry), continuity, usable });
	}
	for (let at = entries.length - 2; at >= 0; at--) {
		const [entry, next] = [entries[at], entries[at + 1]];
		if (entry && next?.usable && next.continuity === 'continued') entry.usable = true;
	}

	const [first, last] = [entries[0], entries.at(-1)];
	if (!first || !last) throw new KeyLogBroken({ wallet, reason: 'empty' });
	if (pin !== null) requireExtends(entries, first.keys, wallet, pin);
	return { wallet, head: last.hash, entries, current: last.keys };
}

/** Whether the wallet's own signature, for an origin of ours, speaks for an entry; the newest must have it. */
async function isAttested(
	entry: KeyLogEntry,
	accepts: AcceptsOrigin,
	askContract: AskContract | undefined,
	isNewest: boolean
): Promise<boolean> {
	if (!accepts(entry.binding.origin)) {
		if (isNewest) throw new KeyRefused({ wallet: entry.binding.wallet, reason: 'origin' });
		return false;
	}
	try {
		await requireWalletSignature(entry, askContract);
		return true;
	} catch (error) {
		if (isNewest || !(error instanceof BadSignature)) throw error;
		return false;
	}
}

function requireExtends(entries: readonly CheckedEntry[], first: PublicKeys, wallet: Wallet, pin: KeyPin): void {
	if (hashKeys(first) !== pin.firstKey) throw new KeyLogBroken({ wallet, reason: 'first-key' });
	const pinned = entries[pin.epoch - 1];
	if (pinned === undefined) throw new KeyLogBroken({ wallet, reason: 'shortened' });
	if (pinned.hash !== pin.head) throw new KeyLogBroken({ wallet, reason: 'forked' });
}

/** What to remember of a log that was checked. */
export function pinOf(log: KeyLog): KeyPin {
	const first = log.entries[0];
	if (first === undefined) throw new KeyLogBroken({ wallet: log.wallet, reason: 'empty' });
	return { firstKey: hashKeys(first.keys), head: log.head, epoch: log.current.epoch };
}

/** The key changes since a pin, oldest first: each is shown in the conversation. */
export function changesSince(log: KeyLog, pin: KeyPin): readonly CheckedEntry[] {
	return log.entries.slice(pin.epoch);
}

/** The keys of one epoch, to check what was signed then. @throws {KeyRefused} `unknown` */
export function keysOfEpoch(log: KeyLog, epoch: number): PublicKeys {
	const entry = log.entries[epoch - 1];
	if (!entry?.usable) throw new KeyRefused({ wallet: log.wallet, reason: 'unknown' });
	return entry.keys;
}

/**
 * Checks a log against the key that a signed offer or an order's creation event names.
 * @param anchor see `hashKeys`; zero where none is named
 * @returns the keys that it names, null for zero
 * @throws {KeyRefused} `anchor`, where the log does not have that key
 */
export function requireAnchor(log: KeyLog, anchor: Hex): PublicKeys | null {
	if (anchor === noHash) return null;
	const entry = log.entries.find(({ keys, usable }) => usable && hashKeys(keys) === anchor);
	if (entry === undefined) throw new KeyRefused({ wallet: log.wallet, reason: 'anchor' });
	return entry.keys;
}

/**
 * Checks that the head which the other side saw of this log is in the copy that was shown here.
 * @param head zero where the other side had seen none
 * @throws {KeyLogBroken} `forked`; a copy that may be old is fetched anew first
 */
export function requireSeenHead(log: KeyLog, head: Hex): void {
	if (head !== noHash && !log.entries.some(({ hash }) => hash === head))
		throw new KeyLogBroken({ wallet: log.wallet, reason: 'forked' });
}

/** How long nothing old is shared with keys that only the wallet vouches for, in milliseconds: a day. */
const quarantine = 24 * 3_600_000;

/**
 * Checks that what was said before may be shared with the current keys: at once where each key since the pin was signed
 * by the one before; else only after both people compared safety numbers, and a day after the change was seen.
 * @throws {KeyRefused} `unconfirmed`
 */
export function requireReshareable(
	log: KeyLog,
	pin: KeyPin,
	trust: { numbersCompared: boolean; seenAt: Date; now: Date }
): void {
	const isContinued = changesSince(log, pin).every(({ continuity }) => continuity === 'continued');
	const hasWaited = trust.now.getTime() - trust.seenAt.getTime() >= quarantine;
	if (!isContinued && !(trust.numbersCompared && hasWaited))
		throw new KeyRefused({ wallet: log.wallet, reason: 'unconfirmed' });
}
