/**
 * Licence keys, one a sale. The listing commits to all of them by a Merkle root, built as RFC 6962 (2.1) has it, so that
 * a buyer can check that a key is one of them, and a seller cannot make one up afterwards.
 *
 * A leaf is SHA-256 of 0x00 ‖ encoding of (salt, key), an inner node SHA-256 of 0x01 ‖ left ‖ right; the root that is
 * committed to is SHA-256 of the encoding of (count, root of the tree).
 */
import type { Hex } from '#lib/domain/order.ts';
import { concat, fromHex, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere } from '#lib/crypto/encoding.ts';
import { DeliveryMismatch, Malformed } from '#lib/crypto/errors.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import { open, seal, secureRandom, sha256, type Random } from '#lib/crypto/primitives.ts';

type LicenceBody = Extract<MessageBody, { kind: 'licence' }>;

/** A seller's licence keys in the order of their sale, each with a salt of 32 random bytes (hex). */
export type LicenceList = readonly { licence: string; salt: Hex }[];

const mostLicences = 100_000;

/** @throws {Malformed} for no key, too many, or one that is empty or there twice */
export function createLicenceList(licences: readonly string[], random: Random = secureRandom): LicenceList {
	const fail = (reason: string) => new Malformed({ what: 'licences', reason });
	if (licences.length === 0 || licences.length > mostLicences) throw fail('count');
	if (licences.some((licence) => licence === '' || licence.length > 4096)) throw fail('length');
	if (new Set(licences).size !== licences.length) throw fail('repeated');
	return licences.map((licence) => ({ licence, salt: toHex(random(32)) }));
}

/** The root that a listing commits to. */
export async function licenceRoot(list: LicenceList): Promise<Hex> {
	const leaves = await Promise.all(list.map(leafOf));
	return commit(list.length, await treeRoot(leaves));
}

/** What a buyer is sent: the key of one sale, with its proof. @param index from 0 @throws {RangeError} */
export async function licenceFor(list: LicenceList, index: number): Promise<LicenceBody> {
	const entry = list[index];
	if (entry === undefined) throw new RangeError(`There is no licence ${index} of ${list.length}`);
	const path = await proofOf(await Promise.all(list.map(leafOf)), index);
	return { kind: 'licence', ...entry, index, count: list.length, proof: path.map((node) => toHex(node)) };
}

/**
 * Checks that a key is the one of its place in the list that the listing committed to.
 * @throws {DeliveryMismatch} `proof` @throws {Malformed}
 */
export async function requireLicence(body: LicenceBody, root: Hex): Promise<void> {
	const { index, count, proof } = body;
	const wrong = new DeliveryMismatch({ reason: 'proof' });
	if (index >= count || count > mostLicences) throw wrong;
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
	if (count > mostLicences) throw new Malformed({ what: 'licences', reason: 'count' });
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

async function treeRoot(leaves: readonly Bytes[]): Promise<Bytes> {
	const [only] = leaves;
	if (leaves.length === 1 && only !== undefined) return only;
	const at = split(leaves.length);
	return join(await treeRoot(leaves.slice(0, at)), await treeRoot(leaves.slice(at)));
}

/** The siblings on the way up, lowest first. */
async function proofOf(leaves: readonly Bytes[], index: number): Promise<Bytes[]> {
	if (leaves.length === 1) return [];
	const at = split(leaves.length);
	const [left, right] = [leaves.slice(0, at), leaves.slice(at)];
	return index < at
		? [...(await proofOf(left, index)), await treeRoot(right)]
		: [...(await proofOf(right, index - at)), await treeRoot(left)];
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
