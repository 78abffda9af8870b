/**
 * Licence keys, one a sale. The listing commits to all of them by a Merkle root, built as RFC 6962 (2.1) has it, so that
 * a buyer can check that a key is one of them, and a seller cannot make one up afterwards.
 *
 * A leaf is SHA-256 of 0x00 ‖ encoding of (salt, key), an inner node SHA-256 of 0x01 ‖ left ‖ right; the root that is
 * committed to is SHA-256 of the encoding of (count, root of the tree).
 */
import { licencesLimit, longestLicence } from '#lib/domain/goods.ts';
import type { Hex } from '#lib/domain/order.ts';
import { concat, fromHex, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere } from '#lib/crypto/encoding.ts';
import { DeliveryMismatch, Malformed } from '#lib/crypto/errors.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import { open, seal, secureRandom, sha256, type Random } from '#lib/crypto/primitives.ts';

type LicenceBody = Extract<MessageBody, { kind: 'licence' }>;

/** A seller's licence keys in the order of their sale, each with a salt of 32 random bytes (hex). */
export type LicenceList = readonly { licence: string; salt: Hex }[];

/** @throws {Malformed} for no key, too many, or one that is empty or there twice */
export function createLicenceList(licences: readonly string[], random: Random = secureRandom): LicenceList {
	const fail = (reason: string) => new Malformed({ what: 'licences', reason });
	if (licences.length === 0 || licences.length > licencesLimit) throw fail('count');
	if (licences.some((licence) => licence === '' || licence.length > longestLicence)) throw fail('length');
	if (new Set(licences).size !== licences.length) throw fail('repeated');
	return licences.map((licence) => ({ licence, salt: toHex(random(32)) }));
}

/** The root that a listing commits to. */
export async function licenceRoot(list: LicenceList): Promise<Hex> {
	const top = (await levelsOf(list)).at(-1)?.[0];
	if (top === undefined) throw new RangeError('There is no licence');
	return commit(list.length, top);
}

/**
 * What a buyer is sent: the keys of their sale, each with its proof. The tree is hashed once for all of them.
 * @param from from 0
 * @throws {RangeError}
 */
export async function licencesFor(list: LicenceList, from: number, count: number): Promise<LicenceBody[]> {
	if (from < 0 || from + count > list.length)
		throw new RangeError(`There are no licences ${from} to ${from + count} of ${list.length}`);
	const levels = (await levelsOf(list)).map((level) => level.map((node) => toHex(node)));
	return list.slice(from, from + count).map((entry, at) => {
		const index = from + at;
		return { kind: 'licence', ...entry, index, count: list.length, proof: proofOf(levels, index) };
	});
}

/** The same of one sale of one key. @throws {RangeError} */
export async function licenceFor(list: LicenceList, index: number): Promise<LicenceBody> {
	const [body] = await licencesFor(list, index, 1);
	return body as LicenceBody;
}

/**
 * Checks that a key is the one of its place in the list that the listing committed to.
 * @throws {DeliveryMismatch} `proof` @throws {Malformed}
 */
export async function requireLicence(body: LicenceBody, root: Hex): Promise<void> {
	const { index, count, proof } = body;
	const wrong = new DeliveryMismatch({ reason: 'proof' });
	if (index >= count || count > licencesLimit) throw wrong;
	const path = proof.map((node) => fromHex(node, 'proof', 32));
	const top = await climb(await leafOf(body), index, count, path);
	if (top === null || (await commit(count, top)) !== root) throw wrong;
}

/** The list as ciphertext for the server, under the key of the product's goods. */
export function sealLicences(list: LicenceList, key: Uint8Array, random: Random = secureRandom): Bytes {
	const fields = list.flatMap(({ licence, salt }) => [licence, fromHex(salt, 'salt', 32)]);
	return seal(encode('holdfast/licences', everywhere, list.length, ...fields), key, random);
}

/** @throws {Unreadable} @throws {Malformed} */
export function openLicences(sealed: Uint8Array, key: Uint8Array): LicenceList {
	const content = decode(open(sealed, key, 'licences'), 'holdfast/licences');
	const count = content.integer();
	if (count > licencesLimit) throw new Malformed({ what: 'licences', reason: 'count' });
	const list = Array.from({ length: count }, () => ({ licence: content.text(), salt: content.hash() }));
	content.end();
	return list;
}

function leafOf({ licence, salt }: Pick<LicenceBody, 'licence' | 'salt'>): Promise<Bytes> {
	const content = encode('holdfast/licence', everywhere, fromHex(salt, 'salt', 32), licence);
	return sha256(concat(new Uint8Array([0]), content));
}

function join(left: Bytes, right: Bytes): Promise<Bytes> {
	return sha256(concat(new Uint8Array([1]), left, right));
}

async function commit(count: number, top: Bytes): Promise<Hex> {
	return toHex(await sha256(encode('holdfast/licence-root', everywhere, count, top)));
}

/** The greatest power of two that is less than `count`: where RFC 6962 splits a tree. */
function split(count: number): number {
	return 2 ** ((count - 1).toString(2).length - 1);
}

/**
 * The tree from its leaves up to its top. Two by two from the left, where one that is left over goes up as it is, is what
 * {@link split} gives from the top.
 */
async function levelsOf(list: LicenceList): Promise<Bytes[][]> {
	let level = await inParts(list, leafOf);
	const levels = [level];
	while (level.length > 1) {
		const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, at) => level.slice(2 * at, 2 * at + 2));
		level = await inParts(pairs, async ([left, right]) => (right ? join(left as Bytes, right) : (left as Bytes)));
		levels.push(level);
	}
	return levels;
}

/** How many digests are computed at once: all of a long list would take its memory many times over. */
const atOnce = 256;

async function inParts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	for (let from = 0; from < items.length; from += atOnce)
		results.push(...(await Promise.all(items.slice(from, from + atOnce).map(work))));
	return results;
}

/** The siblings on the way up, lowest first. */
function proofOf<Node>(levels: readonly (readonly Node[])[], index: number): Node[] {
	return levels.slice(0, -1).flatMap((level, height) => level[(index >> height) ^ 1] ?? []);
}

/** The root that a leaf and its siblings give, null where there are more or fewer of them than the tree has. */
async function climb(leaf: Bytes, index: number, count: number, path: readonly Bytes[]): Promise<Bytes | null> {
	if (count === 1) return path.length === 0 ? leaf : null;
	const sibling = path.at(-1);
	if (sibling === undefined) return null;
	const at = split(count);
	const rest = path.slice(0, -1);
	const isLeft = index < at;
	const below = await (isLeft ? climb(leaf, index, at, rest) : climb(leaf, index - at, count - at, rest));
	if (below === null) return null;
	return isLeft ? join(below, sibling) : join(sibling, below);
}
