// Digital goods: sealed by their seller's browser, committed to by the listing, kept for as long as somebody may have
// bought them. To the node they are ciphertext; which licence keys an order has is all that it decides.
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import {
	goodsInput,
	goodsQuery,
	LicencesUsedUp,
	NoLicences,
	NotDigital,
	owing,
	takeLicencesInput,
	type GoodsInput,
	type GoodsQuery,
	type GoodsView,
	type OfferedLists,
	type ProductGoods,
	type TakeLicencesInput,
	type TakenLicences
} from '#lib/domain/goods.ts';
import { isLive, type Hex } from '#lib/domain/order.ts';
import { canDo, hashProduct, WrongProductStatus } from '#lib/domain/product.ts';
import { documentId } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { goodsId } from '#lib/server/db/models/goods.ts';
import type { LicenceDocument } from '#lib/server/db/models/licence.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { keepFile } from '#lib/server/services/files.ts';
import { forgetGoods } from '#lib/server/services/goods-kept.ts';
import { inTurn } from '#lib/server/services/in-turn.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { getProduct, type ProductView } from '#lib/server/services/products.ts';

const productQuery = z.strictObject({ product: documentId });

/**
 * Gives a product its goods, in the place of those that it had. Its offers say something else then: a paused listing is a
 * draft again. Goods whose root the product had before are what they were, whatever else is sent with them.
 * @throws {InvalidInput} {NotFound} {WrongProductStatus} {NotDigital}
 */
export async function setGoods(context: Context, actor: Actor, input: GoodsInput): Promise<ProductView> {
	const { product: id, ...given } = parseInput(goodsInput, input);
	const files = given.kind === 'files' ? given.files : [];
	const { kind, root, sealed } = given;
	const sum = given.kind === 'files' ? { count: files.length, size: given.size } : { count: given.count, size: 0 };

	await inTransaction(context.db, async (session) => {
		const product = await requireEditable(context, actor, id, session);
		if (product.kind !== 'digital') throw new NotDigital({ id });
		if (product.goods?.root === root) return;
		const _id = goodsId(id, root);
		const before = await context.models.goods.findById(_id).session(session).lean();
		if (before === null) {
			for (const file of files)
				await keepFile(context, actor, { ...file, purpose: 'goods', order: null, product: id }, session);
			const made = { _id, product: id, seller: actor.wallet, kind, root, ...sum, sealed, files };
			await context.models.goods.create([made], { session });
		}
		const { count, size } = before ?? sum;
		await putGoods(context, actor, product, { kind: before?.kind ?? kind, root, count, size }, session);
	});
	return getProduct(context, actor, { id });
}

/** Takes a product's goods away: it is delivered by hand then. @throws {InvalidInput} {NotFound} {WrongProductStatus} */
export async function dropGoods(context: Context, actor: Actor, input: { product: string }): Promise<ProductView> {
	const { product: id } = parseInput(productQuery, input);
	await inTransaction(context.db, async (session) => {
		const product = await requireEditable(context, actor, id, session);
		if (product.goods) await putGoods(context, actor, product, null, session);
	});
	return getProduct(context, actor, { id });
}

/** A product's goods, for its seller: what it has now, or what a listing committed to. @throws {InvalidInput} {NotFound} */
export async function getGoods(context: Context, actor: Actor, input: GoodsQuery): Promise<GoodsView> {
	const { product: id, root } = parseInput(goodsQuery, input);
	const product = await context.models.products.findOne({ _id: id, seller: actor.wallet }, { goods: 1 }).lean();
	if (product === null) throw new NotFound({ what: 'product', id });
	const wanted = root ?? product.goods?.root;
	const goods = wanted ? await context.models.goods.findById(goodsId(id, wanted)).lean() : null;
	if (goods === null) throw new NotFound({ what: 'goods', id: wanted ?? id });
	const { kind, count, size, sealed, files, given } = goods;
	const offered = (await context.models.offers.exists({ product: id, 'content.goods.root': goods.root })) !== null;
	return { product: id, kind, root: goods.root, count, size, sealed, files, given, offered };
}

/** The lists of licence keys of a product that a signed offer names, for its seller. @throws {InvalidInput} {NotFound} */
export async function getOfferedLists(
	context: Context,
	actor: Actor,
	input: { product: string }
): Promise<OfferedLists> {
	const { product: id } = parseInput(productQuery, input);
	const { offers, products } = context.models;
	if (!(await products.exists({ _id: id, seller: actor.wallet }))) throw new NotFound({ what: 'product', id });
	const named = { product: id, 'content.goods.kind': 'licences' };
	return { roots: (await offers.distinct('content.goods.root', named)) as Hex[] };
}

/** @throws {NotFound} {WrongProductStatus} */
async function requireEditable(
	context: Context,
	actor: Actor,
	id: string,
	session: ClientSession
): Promise<ProductDocument> {
	const product = await context.models.products.findOne({ _id: id, seller: actor.wallet }).session(session).lean();
	if (product === null) throw new NotFound({ what: 'product', id });
	if (!canDo('edit', product.status)) throw new WrongProductStatus({ id, status: product.status, action: 'edit' });
	return product;
}

/** What the product has from now on; what it had is forgotten, unless somebody may have bought it. */
async function putGoods(
	context: Context,
	actor: Actor,
	product: ProductDocument,
	goods: ProductGoods | null,
	session: ClientSession
): Promise<void> {
	const { _id: id, salt } = product;
	const commitment = goods && { kind: goods.kind, root: goods.root };
	await context.models.products.updateOne(
		{ _id: id },
		{
			goods,
			productHash: hashProduct({ ...product, goods: commitment }, salt),
			status: 'draft',
			prices: product.prices.map((price) => ({ ...price, termsHash: null })),
			validUntil: null
		},
		{ session }
	);
	if (product.goods) await forgetGoods(context, actor, { product: id, root: product.goods.root }, session);
}

/**
 * Gives an order the next keys of the list that its terms name: as many as it has units, once, and the same ones when it is
 * asked again. Which keys those are, only the seller's browser knows.
 * @throws {InvalidInput} {NotFound} {NoLicences} {LicencesUsedUp}
 */
export async function takeLicences(context: Context, actor: Actor, input: TakeLicencesInput): Promise<TakenLicences> {
	const { order: id } = parseInput(takeLicencesInput, input);
	const { orders, offers, licences } = context.models;
	const order = await orders.findOne({ _id: id, seller: actor.wallet }).lean();
	if (order === null) throw new NotFound({ what: 'order', id });
	const taken = await licences.findById(id).lean();
	if (taken !== null) return placeOf(taken);

	const signed = await offers.findById(order.termsHash, { product: 1, 'content.goods': 1 }).lean();
	const goods = signed?.content.goods;
	if (!signed || goods?.kind !== 'licences') throw new NoLicences({ order: id, reason: 'other-goods' });
	const { quantity } = order;
	if (order.termsMatch !== true || quantity === null) throw new NoLicences({ order: id, reason: 'terms-differ' });
	// Who was paid still owes them.
	if (!isLive(order) && !owing.includes(order.status)) throw new NoLicences({ order: id, reason: 'ended' });
	const list = goodsId(signed.product, goods.root);
	return inTurn(context.db, list, () => takeNext(context, list, { id, quantity }));
}

function takeNext(
	context: Context,
	list: string,
	{ id, quantity }: { id: string; quantity: number }
): Promise<TakenLicences> {
	const { goods, licences } = context.models;
	return inTransaction(context.db, async (session) => {
		const taken = await licences.findById(id).session(session).lean();
		if (taken !== null) return placeOf(taken);
		// Written first: of two orders at once, one waits or starts over, and begins where the other ended.
		const after = await goods
			.findOneAndUpdate({ _id: list }, { $inc: { given: quantity } }, { session, returnDocument: 'after' })
			.lean();
		if (after === null) throw new NotFound({ what: 'goods', id: list });
		const from = after.given - quantity;
		if (after.given > after.count) throw new LicencesUsedUp({ order: id, left: after.count - from });
		await licences.create([{ _id: id, goods: list, from, count: quantity }], { session });
		return { from, count: quantity };
	});
}

function placeOf({ from, count }: LicenceDocument): TakenLicences {
	return { from, count };
}
