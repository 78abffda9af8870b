import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import type { ChainToken } from '#lib/chain/chains.ts';
import { hashKeys } from '#lib/crypto/identity.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { hashOffer, orderAmount, verifyOffer, zeroHash, type Offer, type SignedOffer } from '#lib/domain/offer.ts';
import type { GoodsCommitment, ProductGoods } from '#lib/domain/goods.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import {
	canDo,
	draftInput,
	hashProduct,
	listedGoods,
	listing,
	maxDrafts,
	offerFor,
	OfferRefused,
	priceKey,
	publishInput,
	sealedListing,
	slugOf,
	TooManyDrafts,
	WrongProductStatus,
	type Category,
	type DraftInput,
	type Price,
	type OfferRefusal,
	type ProductAction,
	type ProductImage,
	type ProductKind,
	type ProductStatus,
	type PublishInput,
	type SealedTerms
} from '#lib/domain/product.ts';
import type { Hidden } from '#lib/domain/report.ts';
import { documentId, pageInput } from '#lib/domain/schemas.ts';
import { requireChain, type Actor, type Context } from '#lib/server/context.ts';
import { whyHidden } from '#lib/server/db/hidden.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import type { UserDocument } from '#lib/server/db/models/user.ts';
import { readPage, type Filter, type Page } from '#lib/server/db/page.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { forgetGoods } from '#lib/server/services/goods-kept.ts';
import { newId, newSalt } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { noteListed } from '#lib/server/services/listed.ts';
import { changePictures, filesOf, requirePictures } from '#lib/server/services/pictures.ts';
import { availableUnits, countStock, noStock, type Stock } from '#lib/server/services/stock.ts';
import { requireOpen } from '#lib/server/services/switches.ts';
import { tokensOf } from '#lib/server/services/tokens.ts';

/** A price as people are shown it: what the token is called is the chain's configuration. */
type PriceView = Price & { symbol: string; decimals: number; termsHash: Hex | null };

/** A listing in a list. */
export type ProductCard = {
	id: string;
	slug: string;
	seller: { wallet: Wallet; displayName: string; rating: { mean: number; count: number } | null };
	title: string;
	summary: string;
	category: Category;
	kind: ProductKind;
	image: ProductImage | null;
	/** The cheapest first. */
	prices: PriceView[];
	/** Units that can be bought now; null without limit. */
	available: number | null;
	/** Units that buyers keep while they pay. */
	reserved: number;
	status: ProductStatus;
	visibility: ProductDocument['visibility'];
	listedAt: Date | null;
	updatedAt: Date;
	rev: number;
};

/** A listing on its own page; what its seller alone may see is in `draft`. */
export type ProductView = ProductCard & {
	description: string;
	tags: string[];
	images: ProductImage[];
	/** Units for sale in all, those sold included. */
	stock: number | null;
	sold: number;
	/** What the listing commits to; null where it is delivered by hand. */
	goods: ProductGoods | null;
	/** Licence keys that no order has or waits for; null where none are sold. */
	licencesLeft: number | null;
	confirmHours: number;
	releaseHours: number;
	/** Of a sealed listing: its words and pictures, for whoever has the key. */
	sealed: SealedTerms | null;
	/** What every offer's `productHash` must be, and the salt to compute it with (`hashProduct`). */
	productHash: Hex;
	salt: Hex;
	validUntil: Date | null;
	/** Why operators hid it; null while they have not. */
	hidden: Hidden | null;
	/** One a price, as signed; empty while it is a draft. */
	offers: (SignedOffer & { termsHash: Hex })[];
};

const productInput = z.object({ id: documentId });
const ownInput = z.object(pageInput);

/** Offers stand for at most a year: whoever signed one may have lost interest, or the key. */
const maxOfferSeconds = 366 * 86_400;
const minOfferSeconds = 3600;

/**
 * Saves a listing as its seller typed it; makes a new draft where `input.id` is missing. Editing a paused listing turns
 * it back into a draft, for its signed offers say something else now.
 * @throws {InvalidInput} {NotFound} {WrongProductStatus} {TooManyDrafts}
 */
export async function saveDraft(context: Context, actor: Actor, input: DraftInput): Promise<ProductView> {
	const { id, ...content } = parseInput(draftInput, input);
	const { models } = context;
	const prices = content.prices.map((price) => ({ ...price, termsHash: null }));

	if (id !== undefined) {
		const before = await requireOwn(context, actor, { id }, 'edit');
		// What was typed in clear is known here already, and what was sealed is not to become known by a mistake.
		if ((before.visibility === 'sealed') !== (content.visibility === 'sealed'))
			throw new InvalidInput({ issues: ['visibility: sealed'] });
		const productHash = hashProduct({ ...content, goods: commitmentTo(before) }, before.salt);
		const pictures = { product: id, before: filesOf(before), after: filesOf(content) };
		// What is sealed opens here for nobody: that it is a picture shows where it is opened.
		if (content.sealed === null)
			await requirePictures(
				context,
				actor,
				pictures.after.filter((cid) => !pictures.before.includes(cid))
			);
		const save = async (session?: ClientSession) => {
			const saved = await models.products
				.findOneAndUpdate(
					// The goods are set apart from the form, perhaps just now: the hash is of both.
					{ _id: id, status: before.status, 'goods.root': before.goods?.root ?? null },
					{ ...content, prices, productHash, status: 'draft', validUntil: null },
					{ returnDocument: 'after', session }
				)
				.lean();
			if (saved === null) throw new WrongProductStatus({ id, status: 'changed', action: 'edit' });
			return saved;
		};
		if (pictures.before.join() === pictures.after.join()) return viewOf(context, await save());
		const saved = await inTransaction(context.db, async (session) => {
			await changePictures(context, actor, pictures, session);
			return save(session);
		});
		return viewOf(context, saved);
	}

	const drafts = await models.products.countDocuments({ seller: actor.wallet, status: 'draft' });
	if (drafts >= maxDrafts) throw new TooManyDrafts({ limit: maxDrafts });
	// A picture is sent for a product, so what was sent for none is nobody's.
	const [foreign] = filesOf(content);
	if (foreign !== undefined) throw new NotFound({ what: 'file', id: foreign });
	const _id = newId(context);
	const salt = newSalt(context);
	const productHash = hashProduct({ ...content, goods: null }, salt);
	const draft = {
		...content,
		_id,
		seller: actor.wallet,
		slug: _id,
		status: 'draft' as const,
		prices,
		salt,
		productHash
	};
	const [saved] = await models.products.create([draft]);
	return viewOf(context, saved!.toObject());
}

/**
 * Lists a draft: each of its prices comes with the seller's signed offer, which has to say exactly what the listing
 * says. The offers are kept for ever.
 * @throws {InvalidInput} {NotFound} {WrongProductStatus} {OfferRefused} {ChainUnavailable} {SwitchedOff}
 */
export async function publish(context: Context, actor: Actor, input: PublishInput): Promise<ProductView> {
	const { id, offers } = parseInput(publishInput, input);
	await requireOpen(context, 'listings');
	const product = await requireOwn(context, actor, { id }, 'publish');
	const { sold, licences } = (await countStock(context, [id])).get(id) ?? noStock;
	const content = parseInput(product.visibility === 'sealed' ? sealedListing : listing, {
		...product,
		prices: product.prices.map(withoutOffer),
		goods: listedGoods({ goods: product.goods ?? null, sold, licencesLeft: licences })
	});

	const signed = new Map(offers.map((one) => [priceKey(one.offer), one]));
	if (signed.size !== offers.length || offers.length !== content.prices.length)
		throw new OfferRefused({ reason: 'count', field: 'offers', price: '' });
	const prices = await Promise.all(
		content.prices.map(async (price) => {
			const key = priceKey(price);
			const one = signed.get(key);
			if (one === undefined) throw new OfferRefused({ reason: 'missing', field: 'offers', price: key });
			await checkOffer(context, product, price, one);
			return { ...price, termsHash: hashOffer(one.offer) };
		})
	);

	const { models, db } = context;
	const { kind, title, summary, description, images, sealed, salt } = product;
	const now = context.now();
	const list = (slug: string) =>
		inTransaction(db, async (session) => {
			for (const { offer, signature } of offers) {
				const words = { kind, title, summary, description, images };
				const content = { ...words, goods: commitmentTo(product), ...(sealed && { sealed }) };
				const kept = { offer, signature, product: id, content, salt };
				await models.offers.updateOne({ _id: hashOffer(offer) }, { $setOnInsert: kept }, { upsert: true, session });
			}
			// Nobody saved the draft in the meantime: what is listed is what was signed.
			const listed = await models.products
				.findOneAndUpdate(
					{ _id: id, status: 'draft', rev: product.rev },
					{
						status: 'listed',
						slug,
						prices,
						listedAt: now,
						validUntil: new Date(Math.min(...offers.map(({ offer }) => offer.validUntil)) * 1000)
					},
					{ returnDocument: 'after', session }
				)
				.lean();
			if (listed !== null) await noteListed(context, session, listed);
			return listed;
		});
	const slug = product.listedAt === null ? await freeSlug(context, product) : product.slug;
	const saved = await list(slug).catch((error: unknown) => {
		if (!isDuplicate(error)) throw error;
		return list(`${slug}-${id.slice(0, 8)}`); // two listings of one title at once: only this one has this id
	});
	if (saved === null) throw new WrongProductStatus({ id, status: 'changed', action: 'publish' });
	await writeAudit(context, {
		actor: actor.wallet,
		verb: 'product.publish',
		target: id,
		data: { offers: offers.length }
	});
	return viewOf(context, saved);
}

/** Takes a listing off the market; it can come back as it is. @throws {NotFound} {WrongProductStatus} */
export function pause(context: Context, actor: Actor, input: { id: string }): Promise<ProductView> {
	return changeStatus(context, actor, input, 'pause', 'paused');
}

/**
 * Puts a paused listing back. @throws {NotFound} {WrongProductStatus}, and {OfferRefused} when an offer ran out
 */
export async function resume(context: Context, actor: Actor, input: { id: string }): Promise<ProductView> {
	const product = await requireOwn(context, actor, input, 'resume');
	if (product.validUntil === null || product.validUntil <= context.now())
		throw new OfferRefused({ reason: 'expired', field: 'validUntil', price: '' });
	return changeStatus(context, actor, input, 'resume', 'listed');
}

/**
 * Withdraws a listing or a draft for good; orders made under it go on. Goods and pictures that were never for sale go too.
 * @throws {NotFound} {WrongProductStatus}
 */
export async function archive(context: Context, actor: Actor, input: { id: string }): Promise<ProductView> {
	const archived = await changeStatus(context, actor, input, 'archive', 'archived');
	const { id, goods } = archived;
	const pictures = { product: id, before: filesOf(archived), after: [] };
	if (goods !== null || pictures.before.length > 0)
		await inTransaction(context.db, async (session) => {
			if (goods !== null) await forgetGoods(context, actor, { product: id, ...goods }, session);
			await changePictures(context, actor, pictures, session);
		});
	return archived;
}

/**
 * A listing's page. Drafts are their seller's alone; what was listed stays readable by its link.
 * @param actor null for a visitor
 * @throws {NotFound} also where it exists and is not for the actor
 */
export async function getProduct(context: Context, actor: Actor | null, input: { id: string }): Promise<ProductView> {
	const product = await requireProduct(context, input);
	const isPublic = product.status !== 'draft' && product.status !== 'hidden';
	if (!isPublic && product.seller !== actor?.wallet) throw new NotFound({ what: 'product', id: product._id });
	return viewOf(context, product, actor?.wallet);
}

/** The actor's own listings and drafts, the last changed first. @throws {InvalidInput} */
export async function productsOf(
	context: Context,
	actor: Actor,
	input: { cursor?: string; limit?: number } = {}
): Promise<Page<ProductCard>> {
	const filter: Filter<ProductDocument> = { seller: actor.wallet, status: { $ne: 'archived' } };
	const { cursor, limit } = parseInput(ownInput, { limit: 50, ...input });
	const page = await readPage(
		context.models.products,
		filter,
		{ field: 'updatedAt', direction: -1 },
		{ cursor, limit }
	);
	return { ...page, items: await cardsOf(context, page.items) };
}

async function requireProduct(context: Context, input: { id: string }): Promise<ProductDocument> {
	const parsed = productInput.safeParse(input);
	const product = parsed.success ? await context.models.products.findById(parsed.data.id).lean() : null;
	if (product === null) throw new NotFound({ what: 'product', id: parsed.success ? parsed.data.id : '' });
	return product;
}

/** @throws {NotFound} {WrongProductStatus} */
async function requireOwn(
	context: Context,
	actor: Actor,
	input: { id: string },
	action: ProductAction
): Promise<ProductDocument> {
	const product = await requireProduct(context, input);
	const id = product._id;
	if (product.seller !== actor.wallet) throw new NotFound({ what: 'product', id });
	if (!canDo(action, product.status)) throw new WrongProductStatus({ id, status: product.status, action });
	return product;
}

async function changeStatus(
	context: Context,
	actor: Actor,
	input: { id: string },
	action: ProductAction,
	status: ProductStatus
): Promise<ProductView> {
	const before = await requireOwn(context, actor, input, action);
	const id = before._id;
	const saved = await inTransaction(context.db, async (session) => {
		const changed = await context.models.products
			.findOneAndUpdate({ _id: id, status: before.status }, { status }, { returnDocument: 'after', session })
			.lean();
		if (changed?.status === 'listed') await noteListed(context, session, changed);
		return changed;
	});
	if (saved === null) throw new WrongProductStatus({ id, status: 'changed', action });
	await writeAudit(context, { actor: actor.wallet, verb: `product.${action}`, target: id });
	return viewOf(context, saved);
}

/** Whether an offer may stand for a price: says what the listing says, names a listed token, is signed by the seller. */
async function checkOffer(
	context: Context,
	product: ProductDocument,
	price: Price,
	{ offer, signature }: SignedOffer
): Promise<void> {
	const key = priceKey(price);
	const refuse = (reason: OfferRefusal, field: string): never => {
		throw new OfferRefused({ reason, field, price: key });
	};

	const { config, rpc } = requireChain(context, price.chainId);
	const terms = (await tokensOf(context, price.chainId)).find(({ token }) => token === price.token);
	if (terms === undefined) return refuse('token-not-listed', 'token');
	const least = orderAmount(offer, 1);
	if (least < BigInt(terms.minAmount)) refuse('amount-too-small', 'unitPrice');
	if (least > BigInt(terms.maxAmount)) refuse('amount-too-big', 'unitPrice');
	const expected = offerFor({ ...product, id: product._id }, price, lower(config.escrow));
	for (const field of Object.keys(expected) as (keyof typeof expected)[])
		if (offer[field] !== expected[field]) refuse('differs', field);
	// An offer that names a key which is none of the seller's would send the buyer's messages to a stranger.
	if (offer.sellerKeyHash !== zeroHash && !(await isOwnKey(context, offer.seller, offer.sellerKeyHash)))
		refuse('differs', 'sellerKeyHash');

	const seconds = offer.validUntil - Math.floor(context.now().getTime() / 1000);
	if (seconds < minOfferSeconds) refuse('expired', 'validUntil');
	if (seconds > maxOfferSeconds) refuse('too-long', 'validUntil');
	if (!(await verifyOffer({ offer, signature }, contractAsker(price.chainId, rpc)))) refuse('signature', 'signature');
}

async function isOwnKey(context: Context, wallet: Wallet, keyHash: Hex): Promise<boolean> {
	const newest = await context.models.keyLog.findOne({ wallet }).sort({ epoch: -1 }).lean();
	return newest !== null && hashKeys(newest.binding) === keyHash;
}

function tokenOf(context: Context, price: Pick<Price, 'chainId' | 'token'>): ChainToken | undefined {
	const chain = context.chains.get(price.chainId);
	return chain?.config.tokens.find(({ address }) => lower(address) === price.token);
}

/** The first of `title`, `title-2`, `title-3`, … that the seller has not used yet. */
async function freeSlug(context: Context, { seller, title, _id }: ProductDocument): Promise<string> {
	const base = slugOf(title);
	const taken = await context.models.products
		.find({ seller, _id: { $ne: _id }, slug: { $gte: base, $lt: `${base}-\uffff` } }, { slug: 1 })
		.lean();
	const used = new Set(taken.map(({ slug }) => slug));
	let number = 1;
	while (used.has(number === 1 ? base : `${base}-${number}`)) number += 1;
	return number === 1 ? base : `${base}-${number}`;
}

/** Listings as lists show them. */
export async function cardsOf(context: Context, products: readonly ProductDocument[]): Promise<ProductCard[]> {
	const limited = products
		.filter(({ stock, goods, status }) => (stock !== null || goods?.kind === 'licences') && status !== 'draft')
		.map(({ _id }) => _id);
	const sellers = [...new Set(products.map(({ seller }) => seller))];
	const [stock, users] = await Promise.all([
		limited.length > 0 ? countStock(context, limited) : new Map<string, Stock>(),
		context.models.users.find({ _id: { $in: sellers } }, { displayName: 1, stats: 1 }).lean()
	]);
	const known = new Map(users.map((user) => [user._id, user]));
	return products.map((product) => cardOf(context, product, known.get(product.seller), stock.get(product._id)));
}

type Seller = Pick<UserDocument, 'displayName' | 'stats'>;

function cardOf(
	context: Context,
	product: ProductDocument,
	seller: Seller | null | undefined,
	stock: Stock = noStock
): ProductCard {
	const prices = product.prices
		.map((price) => {
			const token = tokenOf(context, price);
			return { ...price, symbol: token?.symbol ?? '', decimals: token?.decimals ?? 0 };
		})
		.toSorted((a, b) => wholeTokens(a) - wholeTokens(b));
	return {
		id: product._id,
		slug: product.slug,
		seller: { wallet: product.seller, displayName: seller?.displayName ?? '', rating: ratingOf(seller) },
		title: product.title,
		summary: product.summary,
		category: product.category,
		kind: product.kind,
		image: product.images[0] ?? null,
		prices,
		available: availableUnits(product.stock, stock),
		reserved: stock.reserved,
		status: product.status,
		visibility: product.visibility,
		listedAt: product.listedAt,
		updatedAt: product.updatedAt,
		rev: product.rev
	};
}

/** What a unit costs, in whole tokens: prices of pegged tokens compare across chains. */
export function wholeTokens({ unitPrice, decimals }: Pick<PriceView, 'unitPrice' | 'decimals'>): number {
	return Number(unitPrice) / 10 ** decimals;
}

function ratingOf(seller: Seller | null | undefined): ProductCard['seller']['rating'] {
	return seller?.stats ? { mean: seller.stats.mean, count: seller.stats.count } : null;
}

/** @param viewer whose own reservation does not count: what one keeps for oneself can still be bought */
async function viewOf(context: Context, product: ProductDocument, viewer?: string): Promise<ProductView> {
	const hashes = product.prices.map(({ termsHash }) => termsHash).filter((hash) => hash !== null);
	const [seller, counted, offers] = await Promise.all([
		context.models.users.findById(product.seller, { displayName: 1, stats: 1 }).lean(),
		countStock(context, [product._id], { without: viewer }),
		hashes.length > 0 ? context.models.offers.find({ _id: { $in: hashes } }).lean() : []
	]);
	const stock = counted.get(product._id) ?? noStock;
	return {
		...cardOf(context, product, seller, stock),
		description: product.description,
		tags: product.tags,
		images: product.images,
		stock: product.stock,
		sold: stock.sold,
		goods: product.goods ?? null,
		licencesLeft: stock.licences,
		confirmHours: product.confirmHours,
		releaseHours: product.releaseHours,
		sealed: product.sealed ?? null,
		productHash: product.productHash,
		salt: product.salt,
		validUntil: product.validUntil,
		hidden: whyHidden(product.hidden),
		offers: offers.map(({ _id, offer, signature }) => ({ offer, signature, termsHash: _id }))
	};
}

/** What the product's content hash says of its goods. */
function commitmentTo({ goods }: Pick<ProductDocument, 'goods'>): GoodsCommitment | null {
	return goods ? { kind: goods.kind, root: goods.root } : null;
}

function withoutOffer({ chainId, token, unitPrice, shippingCost, region }: Price): Price {
	return { chainId, token, unitPrice, shippingCost, region };
}

/** The error of a unique index. */
function isDuplicate(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 11000;
}

function lower(address: string): Offer['token'] {
	return address.toLowerCase() as Offer['token'];
}
