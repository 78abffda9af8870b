/**
 * A product's goods in its seller's browser: sealed before they are sent, opened when they come back. Heavy: import it on
 * intent.
 */
import { fromBase64, fromHex, toBase64, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import { openGoods, sealGoods } from '#lib/crypto/goods.ts';
import { createLicenceList, licenceRoot, openLicences, sealLicences, type LicenceList } from '#lib/crypto/licence.ts';
import { hashPlainManifest, type FileManifest } from '#lib/crypto/manifest.ts';
import { secureRandom } from '#lib/crypto/primitives.ts';
import {
	GoodsDiffer,
	GoodsTooLarge,
	sealedGoodsLimit,
	type GoodsInput,
	type GoodsKind,
	type GoodsView,
	type OfferedLists,
	type ProductGoods
} from '#lib/domain/goods.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { request } from '#lib/client/node-request.ts';
import { put, read } from '#lib/client/post.ts';

/** Goods as their seller has them. `key` opened them: what is derived from the goods' key is derived from it. */
export type SellersGoods = Pick<GoodsView, 'root' | 'given' | 'offered'> & { key: Bytes } & (
		{ kind: 'files'; files: FileManifest; salt: Hex } | { kind: 'licences'; list: LicenceList }
	);

/** Most bytes of a manifest that fit, sealed, into the message that delivers it. */
const manifestRoom = 48_000;

/**
 * A product's goods: those that it has, or those of a root that a listing committed to.
 * @param ring with open keys
 * @throws {GoodsDiffer} where the node gives others @throws {Unreadable} where they were sealed with keys that are lost
 * @throws {NotFound} {NodeUnreachable}
 */
export async function readGoods(ring: Keyring, product: string, root?: Hex): Promise<SellersGoods> {
	const query = root === undefined ? '' : `?${new URLSearchParams({ root })}`;
	const view = await read<GoodsView>(`${pathOf(product)}${query}`);
	const sealed = fromBase64(view.sealed, 'goods');
	const facts = { root: view.root, given: view.given, offered: view.offered };
	for (const key of (await ring.goodsKeys(product)).toReversed()) {
		const opened = unlessUnreadable(() => contentOf(view.kind, sealed, key));
		if (opened === null) continue;
		// The key is of the product, whatever it sold in its time: which goods these are, their root says.
		if (view.root !== (root ?? view.root) || (await rootOf(opened)) !== view.root) throw new GoodsDiffer({ product });
		return { ...facts, key, ...opened };
	}
	throw new Unreadable({ what: 'goods' });
}

/**
 * The lists of licence keys that were for sale, by what listings committed to: none of their keys may be sold again.
 * @throws {NotFound} {NodeUnreachable}
 */
export async function offeredLists(product: string): Promise<Hex[]> {
	return (await read<OfferedLists>(`${pathOf(product)}/offered`)).roots;
}

function contentOf(kind: GoodsKind, sealed: Bytes, key: Bytes) {
	return kind === 'files' ? { kind, ...openGoods(sealed, key) } : { kind, list: openLicences(sealed, key) };
}

function rootOf(goods: ReturnType<typeof contentOf>): Promise<Hex> {
	if (goods.kind === 'licences') return licenceRoot(goods.list);
	return hashPlainManifest(goods.files, fromHex(goods.salt, 'salt', 32));
}

/** What `work` gives; null where it was sealed with another key. */
function unlessUnreadable<T>(work: () => T): T | null {
	try {
		return work();
	} catch (error) {
		if (error instanceof Unreadable) return null;
		throw error;
	}
}

/**
 * Gives a product uploaded files for its goods, in the place of those that it had.
 * @throws {GoodsTooLarge} {NotDigital} {WrongProductStatus} {NotFound} {NodeUnreachable}
 */
export async function putFiles(ring: Keyring, product: string, files: FileManifest): Promise<ProductGoods> {
	// A delivery has to fit into one message, and what is sold shows itself.
	const manifest = files.map((file) => ({ ...file, thumbnail: null }));
	if (new TextEncoder().encode(JSON.stringify(manifest)).byteLength > manifestRoom)
		throw new GoodsTooLarge({ kind: 'files' });
	const salt = secureRandom(32);
	const root = await hashPlainManifest(manifest, salt);
	const sealed = toBase64(sealGoods({ files: manifest, salt: toHex(salt) }, await newestKey(ring, product)));
	const size = manifest.reduce((sum, one) => sum + one.size, 0);
	const stored = manifest.map(({ cid, sealedSize }) => ({ cid, size: sealedSize }));
	await putGoods({ product, kind: 'files', root, size, sealed, files: stored });
	return { kind: 'files', root, count: files.length, size };
}

/**
 * Gives a product licence keys for its goods, in the order of their sale, in the place of what it had.
 * @throws {Malformed} {GoodsTooLarge} {NotDigital} {WrongProductStatus} {NotFound} {NodeUnreachable}
 */
export async function putLicences(ring: Keyring, product: string, licences: readonly string[]): Promise<ProductGoods> {
	const list = createLicenceList(licences);
	const sealed = toBase64(sealLicences(list, await newestKey(ring, product)));
	if (sealed.length > sealedGoodsLimit) throw new GoodsTooLarge({ kind: 'licences' });
	const [root, count] = [await licenceRoot(list), list.length];
	await putGoods({ product, kind: 'licences', root, count, sealed });
	return { kind: 'licences', root, count, size: 0 };
}

/** Takes a product's goods away. @throws {WrongProductStatus} {NotFound} {NodeUnreachable} */
export async function dropGoods(product: string): Promise<void> {
	await request(fetch, pathOf(product), { method: 'DELETE' });
}

async function putGoods({ product, ...goods }: GoodsInput): Promise<void> {
	await put(pathOf(product), goods);
}

/** @throws {Unreadable} where there are no keys at all, which an open keyring does not know */
async function newestKey(ring: Keyring, product: string): Promise<Bytes> {
	const key = (await ring.goodsKeys(product)).at(-1);
	if (key === undefined) throw new Unreadable({ what: 'goods' });
	return key;
}

function pathOf(product: string): string {
	return `/api/v1/products/${product}/goods`;
}
