/**
 * Who can read a conversation: 32 random bytes a conversation, wrapped for each holder, in a set that its maker signs.
 * Either party may make one. Readers keep every key, writers use the newest; so nobody waits for the other, and nobody
 * can take the other's place.
 */
import { conversationId, type Conversation, type KeySet, type KeyWrap } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { fromBase64, fromHex, toBase64, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere, type Scope } from '#lib/crypto/encoding.ts';
import { KeyRefused, KeySetRefused, ReadersUnconfirmed } from '#lib/crypto/errors.ts';
import type { Identity, PublicKeys } from '#lib/crypto/identity.ts';
import { keysOfEpoch, type KeyLog } from '#lib/crypto/key-log.ts';
import {
	deriveKey,
	openFrom,
	requireSignature,
	sealTo,
	secureRandom,
	sha256,
	sign,
	type Random
} from '#lib/crypto/primitives.ts';

/** The scope in everything that is signed about it: an order's escrow; a product's talk is of no chain. */
export function scopeOf(of: Conversation): Scope {
	return of.kind === 'order' ? { chainId: of.chainId, escrow: of.escrow } : everywhere;
}

/** Gives a wallet's keys of an epoch, from a log that was checked. @throws {KeyRefused} `unknown` */
export type KeysOf = (wallet: Wallet, epoch: number) => PublicKeys;

/** Looks keys up in logs that {@link KeyLog verifyKeyLog} checked. */
export function keysFrom(logs: readonly KeyLog[]): KeysOf {
	const byWallet = new Map(logs.map((log) => [log.wallet, log]));
	return (wallet, epoch) => {
		const log = byWallet.get(wallet);
		if (log === undefined) throw new KeyRefused({ wallet, reason: 'unknown' });
		return keysOfEpoch(log, epoch);
	};
}

/**
 * What a reader knows about a conversation from elsewhere, never from who relays it: the parties (order or listing), the
 * case's arbitrators (the chain: see {@link requireConfirmedReaders}), everybody's keys (logs that were checked).
 */
export type ConversationView = {
	conversation: Conversation;
	parties: readonly Wallet[];
	arbitrators: readonly Wallet[];
	keysOf: KeysOf;
};

/** A conversation's key. `keyId` is SHA-256 over the header and the key: it commits to the key and does not tell it. */
export type ConversationKey = { keyId: Hex; key: Bytes };

export async function createConversationKey(of: Conversation, random: Random = secureRandom): Promise<ConversationKey> {
	const key = random(32);
	return { keyId: await keyIdOf(key, of), key };
}

async function keyIdOf(key: Uint8Array, of: Conversation): Promise<Hex> {
	return toHex(await sha256(encode('holdfast/conversation-key', scopeOf(of), key)));
}

/**
 * Wraps a key for its holders: both parties when it is made (a maker is a holder too), one whose keys appeared or changed
 * later, arbitrators once they are drawn.
 * @param holders their current keys, from logs that were checked
 */
export function makeKeySet(
	{ keyId, key }: ConversationKey,
	of: Conversation,
	maker: Identity,
	holders: readonly PublicKeys[],
	madeAt: Date,
	random: Random = secureRandom
): KeySet {
	const wraps = holders.map(({ wallet, epoch, x25519 }): KeyWrap => {
		const content = wrapContent(of, keyId, wallet, key);
		const wrap = sealTo(content, fromHex(x25519, 'x25519', 32), maker.box, random);
		return { holder: wallet, epoch, x25519, wrap: toBase64(wrap) };
	});
	const set = {
		conversation: conversationId(of),
		keyId,
		maker: maker.wallet,
		makerEpoch: maker.epoch,
		madeAt: madeAt.getTime(),
		wraps
	};
	return { ...set, signature: toHex(sign(encodeKeySet(set, of), maker.sign)) };
}

function wrapContent(of: Conversation, keyId: Hex, holder: Wallet, key: Uint8Array): Bytes {
	return encode(
		'holdfast/key-wrap',
		scopeOf(of),
		conversationId(of),
		fromHex(keyId, 'keyId', 32),
		fromHex(holder, 'holder', 20),
		key
	);
}

function encodeKeySet(set: Omit<KeySet, 'signature'>, of: Conversation): Bytes {
	return encode(
		'holdfast/key-set',
		scopeOf(of),
		set.conversation,
		fromHex(set.keyId, 'keyId', 32),
		fromHex(set.maker, 'maker', 20),
		set.makerEpoch,
		set.madeAt,
		set.wraps.length,
		...set.wraps.flatMap(({ holder, epoch, x25519, wrap }) => [
			fromHex(holder, 'holder', 20),
			epoch,
			fromHex(x25519, 'x25519', 32),
			fromBase64(wrap, 'wrap')
		])
	);
}

/**
 * Checks a set without opening it, as everybody can who knows the parties: the server before it stores one, a party
 * before it trusts that nobody else was let in.
 * @throws {KeySetRefused} `conversation`, `maker`, `holder`
 * @throws {KeyRefused} where a copy is for a key that is not the holder's
 * @throws {BadSignature} @throws {Malformed}
 */
export async function requireKeySet(set: KeySet, view: ConversationView): Promise<void> {
	const { conversation, parties, arbitrators, keysOf } = view;
	const refuse = (reason: 'conversation' | 'maker' | 'holder') =>
		new KeySetRefused({ conversation: set.conversation, reason });
	if (set.conversation !== conversationId(conversation)) throw refuse('conversation');
	if (!parties.includes(set.maker)) throw refuse('maker');
	for (const { holder, epoch, x25519 } of set.wraps) {
		if (!parties.includes(holder) && !arbitrators.includes(holder)) throw refuse('holder');
		if (keysOf(holder, epoch).x25519 !== x25519) throw new KeyRefused({ wallet: holder, reason: 'unknown' });
	}
	const { ed25519 } = keysOf(set.maker, set.makerEpoch);
	const signature = fromHex(set.signature, 'signature');
	await requireSignature(signature, encodeKeySet(set, conversation), fromHex(ed25519, 'ed25519', 32), 'key-set');
}

/**
 * Checks a set as {@link requireKeySet} does and takes the reader's key out of it.
 * @param reader the reader's identities, of all epochs
 * @throws {KeySetRefused} also `not-for-me` and `commitment`
 * @throws {Unreadable} where the copy does not open
 */
export async function openKeySet(
	set: KeySet,
	reader: readonly Identity[],
	view: ConversationView
): Promise<ConversationKey> {
	await requireKeySet(set, view);
	const { conversation, keysOf } = view;
	const refuse = (reason: 'not-for-me' | 'commitment') => new KeySetRefused({ conversation: set.conversation, reason });

	for (const identity of reader) {
		const mine = set.wraps.find(({ holder, epoch }) => holder === identity.wallet && epoch === identity.epoch);
		if (mine === undefined) continue;
		const from = fromHex(keysOf(set.maker, set.makerEpoch).x25519, 'x25519', 32);
		const content = openFrom(fromBase64(mine.wrap, 'wrap'), from, identity.box, 'key-wrap');
		const key = keyInWrap(content, set, conversation, identity.wallet);
		if (key === null || (await keyIdOf(key, conversation)) !== set.keyId) throw refuse('commitment');
		return { keyId: set.keyId, key };
	}
	throw refuse('not-for-me');
}

/** The key in a copy, null where the copy was made for another place. */
function keyInWrap(content: Bytes, set: KeySet, of: Conversation, holder: Wallet): Bytes | null {
	const fields = decode(content, 'holdfast/key-wrap');
	const { chainId, escrow } = scopeOf(of);
	const isThisPlace =
		fields.scope.chainId === chainId &&
		fields.scope.escrow === escrow &&
		fields.text() === set.conversation &&
		fields.hash() === set.keyId &&
		fields.wallet() === holder;
	if (!isThisPlace) return null;
	const key = fields.bytes(32);
	fields.end();
	return key;
}

/** Which of several sets to write with: the newest, and of two of one time the one with the greater id on all sides. */
export function newestOf<Set extends Pick<KeySet, 'keyId' | 'madeAt'>>(sets: readonly Set[]): Set | undefined {
	const isNewer = (one: Set, other: Set) =>
		one.madeAt === other.madeAt ? one.keyId > other.keyId : one.madeAt > other.madeAt;
	return sets.reduce<Set | undefined>(
		(best, set) => (best === undefined || isNewer(set, best) ? set : best),
		undefined
	);
}

/** The key that seals a conversation's messages: HKDF of its key, for this conversation. */
export function messageKeyOf({ key }: ConversationKey, of: Conversation): Promise<Bytes> {
	return deriveKey(key, encode('holdfast/msg', scopeOf(of), conversationId(of)));
}

/**
 * What a party gives drawn arbitrators: every key of the conversation, one set a key. It opens the whole conversation.
 * @param arbitrators their current keys; the wallets confirmed by {@link requireConfirmedReaders}
 */
export function grantKeys(
	keys: readonly ConversationKey[],
	of: Conversation,
	maker: Identity,
	arbitrators: readonly PublicKeys[],
	madeAt: Date,
	random: Random = secureRandom
): KeySet[] {
	return keys.map((key) => makeKeySet(key, of, maker, arbitrators, madeAt, random));
}

/** A key that one party granted and another, who granted too, did not: shown to the arbitrator. */
export type GrantDifference = { keyId: Hex; grantedBy: Wallet; notBy: Wallet };

/** How the grants of the parties disagree; a party that granted nothing at all disagrees with nobody. */
export function differencesOf(grants: readonly Pick<KeySet, 'maker' | 'keyId'>[]): GrantDifference[] {
	const byMaker = Map.groupBy(grants, ({ maker }) => maker);
	const has = (maker: Wallet, keyId: Hex) => byMaker.get(maker)?.some((set) => set.keyId === keyId) ?? false;
	const makers = [...byMaker.keys()];
	return makers.flatMap((grantedBy) =>
		[...new Set(byMaker.get(grantedBy)?.map(({ keyId }) => keyId))].flatMap((keyId) =>
			makers.filter((notBy) => !has(notBy, keyId)).map((notBy) => ({ keyId, grantedBy, notBy }))
		)
	);
}

/** What one source says who the arbitrators of a case are. `source` names it: 'node', 'wallet', an RPC's host. */
export type ReadersRead = { source: string; wallets: readonly Wallet[] };

/**
 * The wallets that may be given a conversation's keys, where at least two sources that do not depend on each other name
 * the same: this node alone could name itself.
 * @returns the wallets, ascending
 * @throws {ReadersUnconfirmed} `one-source`, `disagreement`
 */
export function requireConfirmedReaders(reads: readonly ReadersRead[]): Wallet[] {
	const sources = [...new Set(reads.map(({ source }) => source))];
	if (sources.length < 2) throw new ReadersUnconfirmed({ reason: 'one-source', sources });
	const lists = reads.map(({ wallets }) => [...new Set(wallets)].toSorted());
	const [first] = lists;
	if (first === undefined || lists.some((list) => list.join() !== first.join()))
		throw new ReadersUnconfirmed({ reason: 'disagreement', sources });
	return first;
}
