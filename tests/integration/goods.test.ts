// Digital goods on the seller's side: what a listing commits to, which files are kept for it, and who gets which key.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toBase64, toHex } from '#lib/crypto/bytes.ts';
import { goodsKey, openGoods, sealGoods } from '#lib/crypto/goods.ts';
import { createLicenceList, licenceRoot, openLicences, sealLicences } from '#lib/crypto/licence.ts';
import { hashPlainManifest, type FileManifest } from '#lib/crypto/manifest.ts';
import { fromBase64 } from '#lib/crypto/bytes.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { LicencesUsedUp, NoLicences, NotDigital, type GoodsInput } from '#lib/domain/goods.ts';
import type { Wallet } from '#lib/domain/order.ts';
import {
	hashProduct,
	NotForSale,
	OfferRefused,
	SoldOut,
	WrongProductStatus,
	type DraftInput
} from '#lib/domain/product.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { appendToUpload, beginUpload, cleanFiles, getFile } from '#lib/server/services/files.ts';
import { dropGoods, getGoods, getOfferedLists, setGoods, takeLicences } from '#lib/server/services/goods.ts';
import { getOrder } from '#lib/server/services/orders.ts';
import { searchMarket } from '#lib/server/services/market.ts';
import { archive, getProduct, pause, publish, saveDraft, type ProductView } from '#lib/server/services/products.ts';
import { reserve } from '#lib/server/services/reservations.ts';
import { seededBuffer } from '#tests/support/bytes.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { iterate } from '#tests/support/evidence.ts';
import { aDraft, signOffers, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const account = demoAccount('seller');
const actorOf = (name: Parameters<typeof demoAccount>[0]): Actor => ({
	wallet: demoAccount(name).address.toLowerCase() as Wallet
});
const [seller, buyer] = [actorOf('seller'), actorOf('buyer')];
const stranger: Actor = { wallet: `0x${'57'.repeat(20)}` };
const master = new Uint8Array(32).fill(7) as Parameters<typeof goodsKey>[0];

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain]);
	context = support.context;
	await storeTokenEvents(context, chain);
});
afterAll(() => support?.close());
beforeEach(() => support.setTime(null));

const [price] = aDraft(chain).prices ?? [];
const digital: DraftInput = { kind: 'digital', stock: null, prices: [{ ...price!, region: '', shippingCost: '0' }] };
const aDigitalDraft = (change: DraftInput = {}) => saveDraft(context, seller, aDraft(chain, { ...digital, ...change }));
const list = async (draft: ProductView) =>
	publish(context, seller, { id: draft.id, offers: await signOffers(context, account, draft) });

let uploads = 0;
/** The ciphertext of a file of the product's goods, uploaded. */
async function aStoredFile(product: string, actor = seller): Promise<{ id: string; cid: string; size: number }> {
	const bytes = seededBuffer(`file ${++uploads}`, 5000);
	const { id } = await beginUpload(context, actor, { purpose: 'goods', product, size: bytes.byteLength });
	const { cid } = await appendToUpload(context, actor, { id, offset: 0 }, iterate([bytes]));
	return { id, cid: cid!, size: bytes.byteLength };
}

/** Goods of these files as the seller's browser makes them. */
async function filesInput(
	product: string,
	files: readonly { cid: string; size: number }[],
	salt = toHex(seededBuffer(`salt ${++uploads}`, 32))
): Promise<Extract<GoodsInput, { kind: 'files' }>> {
	const manifest: FileManifest = files.map(({ cid, size }, index) => ({
		...{ name: `track ${index}.flac`, type: 'audio/flac', size: 4000, digest: `0x${'d1'.repeat(32)}` },
		...{ key: 'k'.repeat(43), commitment: `0x${'c0'.repeat(32)}`, cid, sealedSize: size, thumbnail: null }
	}));
	return {
		...{ product, kind: 'files', root: await hashPlainManifest(manifest, Buffer.from(salt.slice(2), 'hex')) },
		size: 4000 * files.length,
		sealed: toBase64(sealGoods({ files: manifest, salt }, await goodsKey(master, product))),
		files: files.map(({ cid, size }) => ({ cid, size }))
	};
}

async function licencesInput(product: string, licences: readonly string[]): Promise<GoodsInput> {
	const keys = createLicenceList(licences);
	const sealed = toBase64(sealLicences(keys, await goodsKey(master, product)));
	return { product, kind: 'licences', root: await licenceRoot(keys), count: keys.length, sealed };
}
const letter = (at: number) => String.fromCharCode(97 + at);
const aHundredAndOne = Array.from({ length: 101 }, (_, at) => {
	return { cid: `b${'a'.repeat(50)}${letter(at % 26)}${letter(Math.floor(at / 26))}`, size: 1 };
});
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `KEY-${index}`);

async function aLicenceListing(count: number, stock = count): Promise<ProductView> {
	const draft = await aDigitalDraft({ stock });
	return list(await setGoods(context, seller, await licencesInput(draft.id, numbered(count))));
}

const expiryOf = async (id: string) => (await context.models.files.findById(id).lean())?.expiresAt;

describe('goods of a draft', () => {
	test('are what the listing commits to, kept through every save, and opened by the seller’s vault alone', async () => {
		const draft = await aDigitalDraft();
		expect(draft.goods).toBeNull();
		const [one, two] = [await aStoredFile(draft.id), await aStoredFile(draft.id)];
		expect(await expiryOf(one.id)).toBeInstanceOf(Date);
		const input = await filesInput(draft.id, [one, two]);
		const goods = { kind: 'files', root: input.root, count: 2, size: 8000 };
		const set = await setGoods(context, seller, input);
		expect(set.goods).toEqual(goods);
		expect(set.productHash).toBe(hashProduct(set, set.salt));
		expect(set.productHash).not.toBe(draft.productHash);
		for (const { id } of [one, two]) expect(await expiryOf(id)).toBeNull();

		const saved = await saveDraft(context, seller, aDraft(chain, { ...digital, id: draft.id, title: 'Field sounds' }));
		expect(saved.goods).toEqual(goods);
		expect(saved.productHash).toBe(hashProduct(saved, saved.salt));

		const kept = await getGoods(context, seller, { product: draft.id });
		expect(kept).toEqual({ ...input, count: 2, given: 0, offered: false });
		const opened = openGoods(fromBase64(kept.sealed, 'goods'), await goodsKey(master, draft.id));
		expect(await hashPlainManifest(opened.files, Buffer.from(opened.salt.slice(2), 'hex'))).toBe(saved.goods?.root);

		const listed = await list(saved);
		expect(await getProduct(context, null, listed)).toMatchObject({ goods, licencesLeft: null, available: null });
		expect((await getGoods(context, seller, { product: draft.id })).offered).toBe(true);
		const offer = await context.models.offers.findById(listed.offers[0]?.termsHash).lean();
		expect(offer?.content.goods).toEqual({ kind: 'files', root: input.root });
		expect(hashProduct(offer!.content, offer!.salt)).toBe(offer?.offer.productHash);
	});

	test('are the seller’s alone to set, see and drop', async () => {
		const draft = await aDigitalDraft();
		const file = await aStoredFile(draft.id);
		const input = await filesInput(draft.id, [file]);
		for (const attempt of [
			() => setGoods(context, stranger, input),
			() => getGoods(context, stranger, { product: draft.id }),
			() => dropGoods(context, stranger, { product: draft.id }),
			() => getGoods(context, seller, { product: draft.id }),
			() => getGoods(context, seller, { product: draft.id, root: input.root })
		])
			await expect(attempt()).rejects.toThrow(NotFound);
		await setGoods(context, seller, input);
		await expect(getGoods(context, stranger, { product: draft.id })).rejects.toThrow(NotFound);
	});

	test('name files that are here and the seller’s own, for this product; else nothing is changed', async () => {
		const [draft, other] = [await aDigitalDraft(), await aDigitalDraft()];
		const [here, elsewhere] = [await aStoredFile(draft.id), await aStoredFile(other.id)];
		await expect(setGoods(context, seller, await filesInput(draft.id, [here, elsewhere]))).rejects.toThrow(NotFound);
		expect(await expiryOf(here.id)).toBeInstanceOf(Date);
		expect(await getProduct(context, seller, draft)).toEqual(draft);
		expect(await context.models.goods.countDocuments({ product: draft.id })).toBe(0);
	});

	test.each<[what: string, change: object]>([
		['no file', { files: [] }],
		['a file twice', { files: Array(2).fill({ cid: `b${'a'.repeat(58)}`, size: 1 }) }],
		['101 files', { files: aHundredAndOne }],
		['more than a mebibyte', { sealed: 'a'.repeat(1_048_577) }],
		['what is not base64url', { sealed: 'a+b=' }],
		['a root that is none', { root: '0x12' }],
		['a negative size', { size: -1 }],
		['keys and files', { kind: 'licences', count: 3 }],
		['unknown fields', { given: 5 }]
	])('are refused with %s', async (_, change) => {
		const draft = await aDigitalDraft();
		const input = { ...(await filesInput(draft.id, [{ cid: `b${'a'.repeat(58)}`, size: 1 }])), ...change };
		await expect(setGoods(context, seller, input as GoodsInput)).rejects.toThrow(InvalidInput);
	});

	test('are refused with no key, and with more than 10,000', async () => {
		const draft = await aDigitalDraft();
		const input = await licencesInput(draft.id, ['A']);
		for (const count of [0, 10_001, 1.5])
			await expect(setGoods(context, seller, { ...input, count } as GoodsInput)).rejects.toThrow(InvalidInput);
		expect((await setGoods(context, seller, { ...input, count: 10_000 } as GoodsInput)).goods?.count).toBe(10_000);
	});

	test('are of digital products: another kind keeps them and cannot be listed with them', async () => {
		const lamp = await saveDraft(context, seller, aDraft(chain));
		await expect(setGoods(context, seller, await licencesInput(lamp.id, ['A']))).rejects.toThrow(NotDigital);

		const draft = await aDigitalDraft({ stock: 1 });
		await setGoods(context, seller, await licencesInput(draft.id, ['A']));
		const posted = await saveDraft(context, seller, aDraft(chain, { id: draft.id }));
		expect(posted).toMatchObject({ kind: 'physical', goods: { kind: 'licences', count: 1 } });
		await expect(list(posted)).rejects.toMatchObject({ data: { issues: ['kind: has-goods'] } });
		const bare = await dropGoods(context, seller, { product: draft.id });
		expect(bare.goods).toBeNull();
		expect(bare.productHash).toBe(hashProduct(bare, bare.salt));
		expect((await list(bare)).status).toBe('listed');
	});
});

describe('goods that are replaced', () => {
	test('go with the files that nothing else needs, after a day', async () => {
		const draft = await aDigitalDraft();
		const [old, shared, added] = [
			await aStoredFile(draft.id),
			await aStoredFile(draft.id),
			await aStoredFile(draft.id)
		];
		const first = await filesInput(draft.id, [old, shared]);
		await setGoods(context, seller, first);
		await setGoods(context, seller, await filesInput(draft.id, [shared, added]));
		await expect(getGoods(context, seller, { product: draft.id, root: first.root })).rejects.toThrow(NotFound);
		for (const { id } of [shared, added]) expect(await expiryOf(id)).toBeNull();
		expect((await expiryOf(old.id))!.getTime() - Date.now()).toBeGreaterThan(23 * 3_600_000);

		// Within the day the file can be taken back into the goods.
		await setGoods(context, seller, await filesInput(draft.id, [old, shared]));
		expect(await expiryOf(old.id)).toBeNull();
		expect(await expiryOf(added.id)).toBeInstanceOf(Date);

		await dropGoods(context, seller, { product: draft.id });
		support.setTime(new Date(Date.now() + 25 * 3_600_000));
		await cleanFiles(context);
		for (const { cid } of [old, shared, added])
			await expect(getFile(context, seller, { cid })).rejects.toThrow(NotFound);
	});

	test('stay where a signed offer names them, and a paused listing is a draft again', async () => {
		const draft = await aDigitalDraft();
		const [sold, next] = [await aStoredFile(draft.id), await aStoredFile(draft.id)];
		const first = await filesInput(draft.id, [sold]);
		const listed = await list(await setGoods(context, seller, first));
		const second = await filesInput(draft.id, [next]);
		await expect(setGoods(context, seller, second)).rejects.toThrow(WrongProductStatus);
		await expect(dropGoods(context, seller, { product: draft.id })).rejects.toThrow(WrongProductStatus);

		await pause(context, seller, listed);
		expect((await setGoods(context, seller, first)).status).toBe('paused');
		const changed = await setGoods(context, seller, second);
		expect(changed).toMatchObject({ status: 'draft', validUntil: null, offers: [] });
		expect(changed.prices.every(({ termsHash }) => termsHash === null)).toBe(true);
		expect(await getGoods(context, seller, { product: draft.id, root: first.root })).toMatchObject(first);
		expect(await expiryOf(sold.id)).toBeNull();

		// What stands under a root is what it was, whatever is sent for it.
		const again = await setGoods(context, seller, { ...first, sealed: 'other', size: 1, files: second.files });
		expect(again.goods).toEqual({ kind: 'files', root: first.root, count: 1, size: 4000 });
		expect(await getGoods(context, seller, { product: draft.id })).toMatchObject(first);
		expect(await expiryOf(next.id)).toBeInstanceOf(Date);
	});

	test('or withdrawn before they were for sale go too', async () => {
		const draft = await aDigitalDraft();
		const file = await aStoredFile(draft.id);
		await setGoods(context, seller, await filesInput(draft.id, [file]));
		await archive(context, seller, draft);
		expect(await expiryOf(file.id)).toBeInstanceOf(Date);

		const listed = await aLicenceListing(2);
		await archive(context, seller, listed);
		expect((await getGoods(context, seller, { product: listed.id })).count).toBe(2);
	});

	test('while the draft is saved or listed are never half of one and half of the other', async () => {
		const draft = await aDigitalDraft({ stock: 1 });
		const inputs = await Promise.all(numbered(6).map((key) => licencesInput(draft.id, [key])));
		const form = (title: string) =>
			saveDraft(context, seller, aDraft(chain, { ...digital, stock: 1, id: draft.id, title }));
		await Promise.allSettled(inputs.flatMap((input, at) => [setGoods(context, seller, input), form(`Title ${at}`)]));
		const after = await getProduct(context, seller, draft);
		expect(after.goods).not.toBeNull();
		expect(after.productHash).toBe(hashProduct(after, after.salt));
		expect(await context.models.goods.countDocuments({ product: draft.id })).toBe(1);

		const offers = await signOffers(context, account, after);
		const [listing] = await Promise.allSettled([
			publish(context, seller, { id: draft.id, offers }),
			setGoods(context, seller, inputs[0]!),
			setGoods(context, seller, inputs[1]!)
		]);
		const end = await getProduct(context, seller, draft);
		expect(end.productHash).toBe(hashProduct(end, end.salt));
		if (listing.status === 'fulfilled') expect(end.goods?.root).toBe(after.goods?.root);
		else expect([OfferRefused, WrongProductStatus]).toContain(listing.reason.constructor);
		expect(await context.models.goods.exists({ product: draft.id, root: end.goods?.root })).not.toBeNull();
	});
});

describe('who bought goods', () => {
	test('may read their files, and nobody else; and reads what was on sale, as it was signed', async () => {
		const draft = await aDigitalDraft();
		const file = await aStoredFile(draft.id);
		const { cid } = file;
		const listed = await list(await setGoods(context, seller, await filesInput(draft.id, [file])));
		await expect(getFile(context, buyer, { cid })).rejects.toThrow(NotFound);
		const order = await storeOrder(context, listed, { buyer: buyer.wallet });
		expect((await getFile(context, buyer, { cid })).cid).toBe(cid);
		for (const actor of [stranger, null]) await expect(getFile(context, actor, { cid })).rejects.toThrow(NotFound);

		await pause(context, seller, listed);
		await saveDraft(context, seller, { id: draft.id, kind: 'digital', title: 'Something else' });
		await dropGoods(context, seller, { product: draft.id });
		const [chainId, orderId] = order.split(':') as [string, `0x${string}`];
		const view = await getOrder(context, buyer, { chainId: Number(chainId), orderId });
		expect(view.content).toMatchObject({ title: listed.title, goods: { kind: 'files', root: listed.goods?.root } });
		expect(hashProduct(view.content!, view.salt!)).toBe(view.signed?.offer.productHash);
		expect(view.signed?.offer.productHash).toBe(view.order?.productHash);
		expect((await getGoods(context, seller, { product: draft.id, root: view.content!.goods!.root })).count).toBe(1);
	});
});

describe('licence keys', () => {
	test('come back as they went in, and are given out in their order, once an order', async () => {
		const listed = await aLicenceListing(5);
		expect(listed).toMatchObject({ licencesLeft: 5, available: 5, goods: { kind: 'licences', count: 5, size: 0 } });
		const kept = await getGoods(context, seller, { product: listed.id });
		const keys = openLicences(fromBase64(kept.sealed, 'goods'), await goodsKey(master, listed.id));
		expect(keys.map(({ licence }) => licence)).toEqual(numbered(5));

		const one = await storeOrder(context, listed, { buyer: buyer.wallet });
		const three = await storeOrder(context, listed, { buyer: stranger.wallet, quantity: 3 });
		expect(await takeLicences(context, seller, { order: one })).toEqual({ from: 0, count: 1 });
		expect(await takeLicences(context, seller, { order: three })).toEqual({ from: 1, count: 3 });
		for (let again = 0; again < 3; again++)
			expect(await takeLicences(context, seller, { order: one })).toEqual({ from: 0, count: 1 });
		expect((await getGoods(context, seller, { product: listed.id })).given).toBe(4);
		expect(await getProduct(context, null, listed)).toMatchObject({ licencesLeft: 1, available: 1 });

		const more = await storeOrder(context, listed, { buyer: stranger.wallet, quantity: 2 });
		await expect(takeLicences(context, seller, { order: more })).rejects.toMatchObject({
			constructor: LicencesUsedUp,
			data: { order: more, left: 1 }
		});
		expect((await getGoods(context, seller, { product: listed.id })).given).toBe(4);
		// An order that has its keys goes on to have them when it ended.
		await context.models.orders.updateOne({ _id: one }, { $set: { status: 'Completed' } });
		expect(await takeLicences(context, seller, { order: one })).toEqual({ from: 0, count: 1 });
	});

	test('of one list are never given twice, to fifty orders at once that are each asked twice', async () => {
		const listed = await aLicenceListing(60);
		const orders: { order: string; quantity: number }[] = [];
		for (let at = 0; at < 50; at++) {
			const quantity = at % 10 === 0 ? 3 : 1;
			orders.push({ order: await storeOrder(context, listed, { buyer: buyer.wallet, quantity }), quantity });
		}
		const other = await testContext([chain], { shares: support });
		try {
			const given = await Promise.all(
				orders.map(({ order }, at) =>
					Promise.all([
						takeLicences(context, seller, { order }),
						takeLicences(at % 2 === 0 ? other.context : context, seller, { order })
					])
				)
			);
			given.forEach(([first, second], at) => {
				expect(first).toEqual(second);
				expect(first.count).toBe(orders[at]?.quantity);
			});
			const places = given.flatMap(([{ from, count }]) => Array.from({ length: count }, (_, at) => from + at));
			expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, at) => at));
		} finally {
			await other.close();
		}
	});

	test('are for orders of the list, of its seller, that go on and are what was signed', async () => {
		const listed = await aLicenceListing(5);
		const draft = await aDigitalDraft();
		const files = await list(
			await setGoods(context, seller, await filesInput(draft.id, [await aStoredFile(draft.id)]))
		);
		const refusals: [ProductView, Partial<Parameters<typeof storeOrder>[2]>, string][] = [
			[files, {}, 'other-goods'],
			[listed, { termsMatch: false }, 'terms-differ'],
			[listed, { status: 'Cancelled' }, 'ended'],
			[listed, { status: 'ResolvedBuyer' }, 'ended']
		];
		for (const [product, change, reason] of refusals) {
			const order = await storeOrder(context, product, { buyer: buyer.wallet, ...change });
			await expect(takeLicences(context, seller, { order })).rejects.toMatchObject({
				constructor: NoLicences,
				data: { reason }
			});
		}
		const order = await storeOrder(context, listed, { buyer: buyer.wallet });
		for (const actor of [buyer, stranger])
			await expect(takeLicences(context, actor, { order })).rejects.toThrow(NotFound);
		await expect(takeLicences(context, seller, { order: `31337:0x${'f'.repeat(64)}` })).rejects.toThrow(NotFound);
		await expect(takeLicences(context, seller, { order: 'x' })).rejects.toThrow(InvalidInput);
		expect((await getGoods(context, seller, { product: listed.id })).given).toBe(0);
	});

	test('of an older list still go to the orders that were made for it', async () => {
		const listed = await aLicenceListing(3);
		const order = await storeOrder(context, listed, { buyer: buyer.wallet });
		await pause(context, seller, listed);
		const next = await setGoods(context, seller, await licencesInput(listed.id, ['NEW-1', 'NEW-2']));
		expect(await takeLicences(context, seller, { order })).toEqual({ from: 0, count: 1 });
		expect((await getGoods(context, seller, { product: listed.id })).given).toBe(0);
		expect((await getGoods(context, seller, { product: listed.id, root: listed.goods?.root })).given).toBe(1);
		// Three for sale in all, of which one is sold: there are two new keys.
		const relisted = await list(next);
		expect(relisted).toMatchObject({ stock: 3, sold: 1, licencesLeft: 2, available: 2 });
		// The old order's unit comes back, and no key of the new list with it.
		await context.models.orders.updateOne({ _id: order }, { $set: { status: 'Cancelled' } });
		expect(await getProduct(context, null, listed)).toMatchObject({ sold: 0, licencesLeft: 2, available: 2 });
	});

	test('of every list that was for sale are named by their lists, and to their seller alone', async () => {
		const listed = await aLicenceListing(3);
		const product = listed.id;
		const offered = () => getOfferedLists(context, seller, { product });
		expect(await offered()).toEqual({ roots: [listed.goods?.root] });
		await pause(context, seller, listed);
		await dropGoods(context, seller, { product });
		expect(await offered()).toEqual({ roots: [listed.goods?.root] });

		await setGoods(context, seller, await licencesInput(product, ['NEVER-1', 'NEVER-2', 'NEVER-3']));
		const next = await setGoods(context, seller, await licencesInput(product, ['NEW-1', 'NEW-2', 'NEW-3']));
		expect(await offered()).toEqual({ roots: [listed.goods?.root] });
		await list(next);
		const both = [listed.goods?.root, next.goods?.root].toSorted();
		expect((await offered()).roots.toSorted()).toEqual(both);
		for (const root of both) expect((await getGoods(context, seller, { product, root })).offered).toBe(true);

		const draft = await aDigitalDraft();
		await list(await setGoods(context, seller, await filesInput(draft.id, [await aStoredFile(draft.id)])));
		expect(await getOfferedLists(context, seller, { product: draft.id })).toEqual({ roots: [] });
		for (const actor of [buyer, stranger])
			await expect(getOfferedLists(context, actor, { product })).rejects.toThrow(NotFound);
	});

	test('limit what can be listed and bought', async () => {
		for (const stock of [null, 4]) {
			const draft = await aDigitalDraft({ stock });
			const set = await setGoods(context, seller, await licencesInput(draft.id, numbered(3)));
			await expect(list(set)).rejects.toMatchObject({ data: { issues: ['stock: too-few-licences'] } });
		}
		const listed = await aLicenceListing(3);
		const order = await storeOrder(context, listed, { buyer: buyer.wallet });
		await takeLicences(context, seller, { order });
		// Cancelled before it was delivered: the unit is for sale again, its key may be known.
		await context.models.orders.updateOne({ _id: order }, { $set: { status: 'Cancelled' } });
		expect(await getProduct(context, null, listed)).toMatchObject({ sold: 0, licencesLeft: 2, available: 2 });
		expect(
			(await searchMarket(context, { text: listed.title })).items.find(({ id }) => id === listed.id)
		).toMatchObject({ available: 2 });
		await expect(reserve(context, buyer, { product: listed.id, quantity: 3 })).rejects.toThrow(SoldOut);
		await reserve(context, buyer, { product: listed.id, quantity: 2 });
		expect(await getProduct(context, stranger, listed)).toMatchObject({ available: 0 });
		await expect(reserve(context, stranger, { product: listed.id })).rejects.toThrow(SoldOut);

		await pause(context, seller, listed);
		await expect(reserve(context, stranger, { product: listed.id })).rejects.toThrow(NotForSale);
		const draft = await saveDraft(context, seller, aDraft(chain, { ...digital, id: listed.id, stock: 3 }));
		await expect(list(draft)).rejects.toMatchObject({ data: { issues: ['stock: too-few-licences'] } });
		const two = await saveDraft(context, seller, aDraft(chain, { ...digital, id: listed.id, stock: 2 }));
		expect(await list(two)).toMatchObject({ status: 'listed', licencesLeft: 2 });
	});
});
