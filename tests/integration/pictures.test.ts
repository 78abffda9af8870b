// Pictures of listings: who may keep, see and lose which, and what a browser is told that they are.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Wallet } from '#lib/domain/order.ts';
import { hashProduct, type ProductImage } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';
import { appendToUpload, beginUpload, cleanFiles } from '#lib/server/services/files.ts';
import { getPicture } from '#lib/server/services/pictures.ts';
import { archive, pause, publish, saveDraft, type ProductView } from '#lib/server/services/products.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aDraft, signOffers, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const account = demoAccount('seller');
const seller = { wallet: account.address.toLowerCase() as Wallet };
const buyer = { wallet: demoAccount('buyer').address.toLowerCase() as Wallet };
const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const day = 86_400_000;

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain]);
	context = support.context;
	await storeTokenEvents(context, chain);
});
afterAll(() => support?.close());

/** Bytes that begin as a WebP does, each time others. */
let count = 0;
const aWebp = () => Buffer.from(`RIFF\x10\x00\x00\x00WEBPVP8 ${++count}`, 'latin1');

async function sent(product: string, bytes: Buffer = aWebp(), actor = seller): Promise<string> {
	const { id } = await beginUpload(context, actor, { purpose: 'picture', product, size: bytes.byteLength });
	const { cid } = await appendToUpload(context, actor, { id, offset: 0 }, Readable.from([bytes]));
	return cid ?? '';
}

async function aPicture(product: string, alt = ''): Promise<ProductImage> {
	const [src, middle, small] = [await sent(product), await sent(product), await sent(product)];
	const smaller = [
		{ src: small, width: 320 },
		{ src: middle, width: 800 }
	];
	return { src, alt, width: 1600, height: 1200, smaller };
}

async function draftWith(...pictures: number[]): Promise<ProductView> {
	const draft = await saveDraft(context, seller, aDraft(chain));
	const images = [];
	for (const number of pictures) images.push(await aPicture(draft.id, `Picture ${number}`));
	return saveDraft(context, seller, { ...aDraft(chain, { images }), id: draft.id });
}
const list = async (draft: ProductView) =>
	publish(context, seller, { id: draft.id, offers: await signOffers(context, account, draft) });
const see = (cid: string, actor: typeof seller | null = null) => getPicture(context, actor, { cid });
const gone = { code: 'not-found' };

test('a picture is its seller’s alone until it is listed, and then anybody’s, in every size', async () => {
	const draft = await draftWith(1, 2);
	const cids = draft.images.flatMap(({ src, smaller = [] }) => [src, ...smaller.map((one) => one.src)]);
	expect(new Set(cids).size).toBe(6);
	for (const cid of cids) {
		await expect(see(cid)).rejects.toMatchObject(gone);
		await expect(see(cid, buyer)).rejects.toMatchObject(gone);
		expect(await see(cid, seller)).toMatchObject({ type: 'image/webp', isPublic: false });
	}
	await list(draft);
	for (const cid of cids) expect(await see(cid)).toMatchObject({ type: 'image/webp', isPublic: true });
});

test('the signed hash binds every size, the order and the words of pictures', async () => {
	const { images, ...draft } = await draftWith(1, 2);
	const hash = (changed: ProductImage[]) => hashProduct({ ...draft, images: changed }, draft.salt);
	expect(hash(images)).toBe(draft.productHash);
	const [first, second] = images as [ProductImage, ProductImage];
	const others = [
		[second, first],
		[first],
		[{ ...first, alt: 'Another' }, second],
		[{ ...first, width: 1601 }, second],
		[{ ...first, smaller: first.smaller?.slice(1) }, second],
		[{ ...first, smaller: [{ src: second.src, width: 320 }, ...first.smaller!.slice(1)] }, second]
	];
	expect(new Set([draft.productHash, ...others.map(hash)]).size).toBe(others.length + 1);
	// Signed before there were any: a drawing is hashed as it always was.
	const drawing = { src: '/pictures.svg#lamp', alt: '' };
	expect(hash([drawing])).toBe(hash([{ ...drawing, width: undefined, smaller: undefined }]));
});

test('what is no picture is not kept: a page, a script in a drawing, another’s, one of another listing', async () => {
	const { id } = await saveDraft(context, seller, aDraft(chain));
	const keep = (src: string) => saveDraft(context, seller, { id, images: [{ src, alt: '' }] });
	for (const text of ['<html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'GIF89a', 'x']) {
		const cid = await sent(id, Buffer.from(text));
		await expect(keep(cid)).rejects.toMatchObject({
			code: 'invalid-input',
			data: { issues: ['images: not-a-picture'] }
		});
		// It is not shown either while it waits to be forgotten.
		await expect(see(cid, seller)).rejects.toMatchObject(gone);
	}
	const other = await saveDraft(context, seller, {});
	await expect(keep(await sent(other.id))).rejects.toMatchObject(gone);
	const theirs = await saveDraft(context, buyer, {});
	await expect(keep(await sent(theirs.id, aWebp(), buyer))).rejects.toMatchObject(gone);
	await expect(keep(`b${'a'.repeat(58)}`)).rejects.toMatchObject({ code: expect.stringMatching(/not-found|invalid/) });
	await expect(saveDraft(context, seller, { images: [{ src: await sent(id), alt: '' }] })).rejects.toMatchObject(gone);
	const mixed = { src: '/pictures.svg#lamp', alt: '', width: 1, height: 1 };
	await expect(saveDraft(context, seller, { id, images: [mixed] })).rejects.toMatchObject({ code: 'invalid-input' });
});

test('pictures that are not used are cleaned a day later; those that were signed stay for their orders', async () => {
	const draft = await draftWith(1, 2);
	const [kept, dropped] = draft.images as [ProductImage, ProductImage];
	const unused = await sent(draft.id);
	const again = await saveDraft(context, seller, { ...aDraft(chain, { images: [kept] }), id: draft.id });
	const listed = await list(again);
	support.setTime(new Date(Date.now() + day + 60_000));
	await cleanFiles(context);
	for (const cid of [dropped.src, unused]) await expect(see(cid, seller)).rejects.toMatchObject(gone);
	expect(await see(kept.src)).toMatchObject({ type: 'image/webp' });

	await storeOrder(context, listed, { buyer: buyer.wallet });
	await pause(context, seller, listed);
	await saveDraft(context, seller, { ...aDraft(chain), id: draft.id });
	support.setTime(new Date(Date.now() + 2 * day + 120_000));
	await cleanFiles(context);
	expect(await see(kept.src, buyer)).toMatchObject({ isPublic: false });
	await expect(see(kept.src)).rejects.toMatchObject(gone);
	support.setTime(null);

	const never = await draftWith(1);
	await archive(context, seller, never);
	support.setTime(new Date(Date.now() + day + 60_000));
	await cleanFiles(context);
	await expect(see(never.images[0]!.src, seller)).rejects.toMatchObject(gone);
	support.setTime(null);
});
