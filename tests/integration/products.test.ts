// Listings from a draft to the market, on a real database: who may do what when, and which offers may stand for a price.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { BadCursor, DomainError, InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { hashOffer, type Offer, type SignedOffer } from '#lib/domain/offer.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { hashProduct, OfferRefused, WrongProductStatus, type DraftInput } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';
import { searchMarket } from '#lib/server/services/market.ts';
import {
	archive,
	getProduct,
	pause,
	productsOf,
	publish,
	resume,
	saveDraft,
	type ProductView
} from '#lib/server/services/products.ts';
import { tokensOf } from '#lib/server/services/tokens.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import {
	aDraft,
	aListedProduct,
	signOffers,
	storeEscrowEvent,
	storeOrder,
	storeTokenEvents
} from '#tests/support/market.ts';

const account = demoAccount('seller');
const seller = { wallet: account.address.toLowerCase() as Wallet };
const stranger = { wallet: demoAccount('buyer').address.toLowerCase() as Wallet };
// Asked whether a seller is a contract that signed; the other one is only described.
let running: TestChain;
let chain: ChainConfig;
const other = aChain(31338, [{ symbol: 'USDT', decimals: 18 }]);

let support: TestContext;
let context: Context;
beforeAll(async () => {
	running = await testChain();
	chain = running.config;
	support = await testContext([chain, other]);
	context = support.context;
	for (const config of [chain, other]) await storeTokenEvents(context, config);
});
afterAll(async () => {
	await support?.close();
	await running?.stop();
});
beforeEach(async () => {
	support.setTime(null);
	await context.models.products.deleteMany({});
});

const refusal = async (attempt: Promise<unknown>): Promise<DomainError> => {
	const error = await attempt.then(
		() => undefined,
		(thrown: unknown) => thrown
	);
	if (error instanceof DomainError) return error;
	throw new Error('It was accepted, or failed otherwise', { cause: error });
};

describe('a draft', () => {
	test('is saved as typed, by its seller, for its seller’s eyes', async () => {
		const draft = await saveDraft(context, seller, { title: 'A lamp' });
		expect(draft).toMatchObject({ status: 'draft', title: 'A lamp', prices: [], available: null, rev: 1 });
		expect(draft.productHash).toBe(hashProduct(draft, draft.salt));
		const again = await saveDraft(context, seller, { id: draft.id, title: 'A better lamp', stock: 3 });
		expect(again).toMatchObject({ id: draft.id, title: 'A better lamp', stock: 3, rev: 2 });
		expect(again.productHash).not.toBe(draft.productHash);

		expect(await getProduct(context, seller, draft)).toEqual(again);
		for (const viewer of [stranger, null])
			expect(await refusal(getProduct(context, viewer, draft))).toBeInstanceOf(NotFound);
		expect(await refusal(saveDraft(context, stranger, { id: draft.id }))).toBeInstanceOf(NotFound);
		expect((await productsOf(context, seller)).items.map(({ id }) => id)).toEqual([draft.id]);
		expect((await productsOf(context, stranger)).items).toEqual([]);
		expect((await searchMarket(context, {})).items).toEqual([]);
	});

	test('of nobody is not found', async () => {
		for (const id of ['0'.repeat(32), 'x', '', '../../etc/passwd', { $ne: '' } as unknown as string])
			expect(await refusal(getProduct(context, seller, { id }))).toBeInstanceOf(NotFound);
	});
});

describe('publishing', () => {
	test('lists what was signed, keeps the offers, and shows them to everybody', async () => {
		const product = await aListedProduct(context, account);
		expect(product).toMatchObject({ status: 'listed', slug: 'desk-lamp-brass-shade-rewired', available: 1 });
		expect(product.offers).toHaveLength(1);
		const [signed] = product.offers;
		expect(signed?.termsHash).toBe(hashOffer(signed!.offer));
		expect(product.prices[0]).toMatchObject({ symbol: 'USDT', decimals: 6, termsHash: signed?.termsHash });
		expect(await getProduct(context, null, product)).toEqual(product);
		expect((await searchMarket(context, {})).items.map(({ id }) => id)).toEqual([product.id]);

		const kept = await context.models.offers.findById(signed?.termsHash).lean();
		expect(kept).toMatchObject({ offer: signed?.offer, product: product.id, content: { title: product.title } });
		expect(kept && hashProduct(kept.content, kept.salt)).toBe(signed?.offer.productHash);
	});

	test('in several tokens, chains and regions takes an offer for each', async () => {
		const [price] = aDraft(chain).prices ?? [];
		const elsewhere = { ...price!, region: 'Worldwide', shippingCost: '25000000' };
		const [there] = aDraft(other).prices ?? [];
		const product = await aListedProduct(context, account, { prices: [price!, elsewhere, there!] });
		expect(product.offers).toHaveLength(3);
		expect(product.prices.map(({ decimals }) => decimals)).toEqual([6, 6, 18]);
	});

	/** A complete draft, its signed offers, and how publishing them is refused. */
	async function refusedWith(change: (offers: SignedOffer[], draft: ProductView) => unknown): Promise<DomainError> {
		const draft = await saveDraft(context, seller, aDraft(chain));
		const offers = await change(await signOffers(context, account, draft), draft);
		return refusal(publish(context, seller, { id: draft.id, offers: offers as SignedOffer[] }));
	}
	const resigned = (change: Partial<Offer>) =>
		refusedWith((_offers, draft) => signOffers(context, account, draft, change));

	test.each<[field: string, change: Partial<Offer>]>([
		['seller', { seller: stranger.wallet }],
		['unitPrice', { unitPrice: '139999999' }],
		['shippingCost', { shippingCost: '0' }],
		['productHash', { productHash: `0x${'00'.repeat(32)}` }],
		['confirmHours', { confirmHours: 48 }],
		['releaseHours', { releaseHours: 24 }],
		['escrow', { escrow: `0x${'e'.repeat(40)}` }],
		['listingId', { listingId: '0'.repeat(32) }],
		['sellerKeyHash', { sellerKeyHash: `0x${'11'.repeat(32)}` }]
	])('is refused where the offer says another %s', async (field, change) => {
		const error = await resigned(change);
		expect(error).toBeInstanceOf(OfferRefused);
		expect(error.data).toMatchObject({ reason: 'differs', field });
	});

	test.each<[reason: string, change: Partial<Offer>]>([
		['missing', { chainId: 31338 }],
		['missing', { token: `0x${'a'.repeat(40)}` }],
		['missing', { region: 'Worldwide' }],
		['expired', { validUntil: Math.floor(Date.now() / 1000) + 60 }],
		['too-long', { validUntil: Math.floor(Date.now() / 1000) + 3 * 366 * 86_400 }]
	])('is refused as %s: %j', async (reason, change) => {
		expect((await resigned(change)).data).toMatchObject({ reason });
	});

	test('is refused without a signature of the seller’s over just these words', async () => {
		const buyer = demoAccount('buyer');
		const theirs = await refusedWith((_offers, draft) => signOffers(context, buyer, draft));
		expect(theirs.data).toMatchObject({ reason: 'signature' });
		const changed = await refusedWith(([one]) => [{ ...one!, offer: { ...one!.offer, nonce: '9' } }]);
		expect(changed.data).toMatchObject({ reason: 'signature' });
	});

	test('is refused with too few offers, too many, or two for one price', async () => {
		expect((await refusedWith(() => [])).code).toBe('invalid-input');
		expect((await refusedWith(([one]) => [one, one])).data).toMatchObject({ reason: 'count' });
		const another = await refusedWith(([one]) => [one, { ...one!, offer: { ...one!.offer, region: 'Asia' } }]);
		expect(another.data).toMatchObject({ reason: 'count' });
	});

	test.each<[what: string, price: object, reason: string]>([
		['below the token’s least amount', { unitPrice: '1000000', shippingCost: '0' }, 'amount-too-small'],
		['above its largest', { unitPrice: '10000000000', shippingCost: '1' }, 'amount-too-big'],
		['in a token that the escrow does not list', { token: `0x${'c'.repeat(40)}` }, 'token-not-listed']
	])('is refused for a price %s', async (_what, price, reason) => {
		const [good] = aDraft(chain).prices ?? [];
		const draft = await saveDraft(context, seller, aDraft(chain, { prices: [{ ...good!, ...price }] }));
		const error = await refusal(
			publish(context, seller, { id: draft.id, offers: await signOffers(context, account, draft) })
		);
		expect(error.data).toMatchObject({ reason });
	});

	test('is refused for a chain that this node does not follow', async () => {
		const [good] = aDraft(chain).prices ?? [];
		const draft = await saveDraft(context, seller, aDraft(chain, { prices: [good!, { ...good!, chainId: 1 }] }));
		const signed = await signOffers(context, account, { ...draft, prices: draft.prices.slice(0, 1) });
		const offers = [...signed, { ...signed[0]!, offer: { ...signed[0]!.offer, chainId: 1 } }];
		expect((await refusal(publish(context, seller, { id: draft.id, offers }))).code).toBe('unknown-chain');
	});

	test('takes a draft that is complete, once, from its seller', async () => {
		const empty = await saveDraft(context, seller, {});
		const [someOffer] = await refusedOffers();
		const incomplete = await refusal(publish(context, seller, { id: empty.id, offers: [someOffer!] }));
		expect(incomplete).toBeInstanceOf(InvalidInput);
		expect(incomplete.data.issues).toEqual(['title: too-short', 'description: too-short', 'prices: no-price']);

		const product = await aListedProduct(context, account);
		const again = { id: product.id, offers: product.offers.map(({ offer, signature }) => ({ offer, signature })) };
		expect(await refusal(publish(context, seller, again))).toBeInstanceOf(WrongProductStatus);
		expect(await refusal(publish(context, stranger, again))).toBeInstanceOf(NotFound);
	});
	async function refusedOffers(): Promise<SignedOffer[]> {
		const draft = await saveDraft(context, seller, aDraft(chain));
		return signOffers(context, account, draft);
	}

	test('lists nothing that was changed while it was signed', async () => {
		const draft = await saveDraft(context, seller, aDraft(chain));
		const offers = await signOffers(context, account, draft);
		await saveDraft(context, seller, { ...aDraft(chain, { title: 'Something else entirely' }), id: draft.id });
		expect((await refusal(publish(context, seller, { id: draft.id, offers }))).data).toMatchObject({
			reason: 'differs',
			field: 'productHash'
		});
	});

	test('gives each listing of a seller an address of its own, also where two race', async () => {
		const first = await aListedProduct(context, account);
		const racing = await Promise.all([1, 2, 3].map(() => aListedProduct(context, account)));
		const slugs = [first, ...racing].map(({ slug }) => slug);
		expect(new Set(slugs).size).toBe(4);
		for (const slug of slugs) expect(slug).toMatch(/^desk-lamp-brass-shade-rewired(-|$)/);
		const theirs = await aListedProduct(context, demoAccount('buyer'));
		expect(theirs.slug).toBe('desk-lamp-brass-shade-rewired');
	});
});

describe('a listing', () => {
	test('is paused, put back, edited and withdrawn, and its offers stay', async () => {
		const listed = await aListedProduct(context, account);
		expect(await refusal(saveDraft(context, seller, { id: listed.id }))).toBeInstanceOf(WrongProductStatus);
		expect(await refusal(pause(context, stranger, listed))).toBeInstanceOf(NotFound);

		expect((await pause(context, seller, listed)).status).toBe('paused');
		expect((await searchMarket(context, {})).items).toEqual([]);
		expect((await getProduct(context, null, listed)).status).toBe('paused');
		expect(await refusal(pause(context, seller, listed))).toBeInstanceOf(WrongProductStatus);
		expect(await resume(context, seller, listed)).toMatchObject({ status: 'listed', slug: listed.slug });

		await pause(context, seller, listed);
		const edited = await saveDraft(context, seller, { ...aDraft(chain, { stock: 5 }), id: listed.id });
		expect(edited).toMatchObject({ status: 'draft', offers: [], validUntil: null });
		expect(await refusal(resume(context, seller, listed))).toBeInstanceOf(WrongProductStatus);
		const offers = await signOffers(context, account, edited, { nonce: '77' });
		const relisted = await publish(context, seller, { id: listed.id, offers });
		expect(relisted).toMatchObject({ status: 'listed', slug: listed.slug, available: 5 });
		expect(await context.models.offers.countDocuments({ product: listed.id })).toBe(2);

		expect((await archive(context, seller, listed)).status).toBe('archived');
		expect((await productsOf(context, seller)).items).toEqual([]);
		expect(await refusal(archive(context, seller, listed))).toBeInstanceOf(WrongProductStatus);
	});

	test('does not come back with offers that ran out', async () => {
		const listed = await aListedProduct(context, account);
		await pause(context, seller, listed);
		support.setTime(new Date(Date.now() + 31 * 86_400_000));
		expect((await refusal(resume(context, seller, listed))).data).toMatchObject({ reason: 'expired' });
	});

	test('counts what was sold from the orders: neither refunded ones nor those on other terms', async () => {
		const product = await aListedProduct(context, account, { stock: 10 });
		const buyer = stranger.wallet;
		await storeOrder(context, product, { buyer, quantity: 2 });
		await storeOrder(context, product, { buyer, quantity: 1, status: 'Completed' });
		await storeOrder(context, product, { buyer, quantity: 1, status: 'ResolvedBuyer' });
		await storeOrder(context, product, { buyer, quantity: 3, status: 'Cancelled' });
		await storeOrder(context, product, { buyer, quantity: 3, status: 'Expired' });
		await storeOrder(context, product, { buyer, quantity: 5, termsMatch: false });
		expect(await getProduct(context, null, product)).toMatchObject({ sold: 4, reserved: 0, available: 6 });
		expect((await searchMarket(context, {})).items[0]?.available).toBe(6);
		await storeOrder(context, product, { buyer, quantity: 20 });
		expect(await getProduct(context, null, product)).toMatchObject({ sold: 24, available: 0 });
	});
});

describe('the market', () => {
	const titles = async (query: Parameters<typeof searchMarket>[1]) =>
		(await searchMarket(context, query)).items.map(({ title }) => title);
	const at = (title: string, change: DraftInput & { price?: string } = {}): DraftInput => {
		const [price] = aDraft(chain).prices ?? [];
		const { price: unitPrice = '140000000', ...rest } = change;
		return { title, prices: [{ ...price!, unitPrice }], ...rest };
	};

	test('finds by word, category, kind, chain, price and seller', async () => {
		await aListedProduct(context, account, at('Café table', { price: '90000000', tags: ['Möbel'] }));
		await aListedProduct(context, account, at('Table lamp', { price: '30000000', category: 'electronics' }));
		const [plain] = aDraft(other).prices ?? [];
		await aListedProduct(context, demoAccount('buyer'), {
			title: 'Font for tables',
			kind: 'digital',
			category: 'design',
			stock: null,
			prices: [{ ...plain!, region: '', shippingCost: '0', unitPrice: `60${'0'.repeat(18)}` }]
		});
		await aListedProduct(context, account, at('Hidden table', { visibility: 'unlisted' }));

		expect(await titles({})).toEqual(['Font for tables', 'Table lamp', 'Café table']);
		expect(await titles({ text: 'TABLE' })).toHaveLength(3);
		expect(await titles({ text: 'cafe tab' })).toEqual(['Café table']);
		expect(await titles({ text: 'mobel' })).toEqual(['Café table']);
		expect(await titles({ text: '.*' })).toHaveLength(3);
		expect(await titles({ text: 'sofa' })).toEqual([]);
		expect(await titles({ category: 'electronics' })).toEqual(['Table lamp']);
		expect(await titles({ kind: ['digital', 'service'] })).toEqual(['Font for tables']);
		expect(await titles({ chainId: 31338 })).toEqual(['Font for tables']);
		expect(await titles({ seller: stranger.wallet })).toEqual(['Font for tables']);
		expect(await titles({ sort: 'price-low' })).toEqual(['Table lamp', 'Font for tables', 'Café table']);
		expect(await titles({ sort: 'price-high' })).toEqual(['Café table', 'Font for tables', 'Table lamp']);
		expect(await titles({ priceMin: '30.01', priceMax: '60' })).toEqual(['Font for tables']);
	});

	test('is read page by page: nothing twice, nothing left out, also when something is added meanwhile', async () => {
		for (let number = 1; number <= 7; number++)
			await aListedProduct(context, account, at(`Lamp number ${number}`, { price: '140000000' }));
		for (const sort of ['newest', 'price-low', 'price-high'] as const) {
			const seen: string[] = [];
			let cursor: string | undefined;
			for (let pages = 0; pages < 4; pages++) {
				const page = await searchMarket(context, { sort, limit: 3, cursor });
				seen.push(...page.items.map(({ title }) => title));
				if (pages === 0 && sort === 'newest') await aListedProduct(context, account, at('Newer lamp'));
				if (page.next === null) break;
				cursor = page.next;
			}
			expect(new Set(seen).size).toBe(seen.length);
			expect(seen.filter((title) => title.startsWith('Lamp number'))).toHaveLength(7);
		}
	});

	test('refuses a cursor that is none, or of another list', async () => {
		for (let number = 1; number <= 2; number++) await aListedProduct(context, account, at(`Lamp ${number}`));
		const { next } = await searchMarket(context, { limit: 1 });
		expect(await refusal(searchMarket(context, { sort: 'price-low', cursor: next! }))).toBeInstanceOf(BadCursor);
		for (const cursor of ['x', 'e30', Buffer.from('["listedAt",-1,{"$gt":""},"x"]').toString('base64url')])
			expect(await refusal(searchMarket(context, { cursor }))).toBeInstanceOf(BadCursor);
	});
});

test('a token counts as listed until its escrow delists or pauses it', async () => {
	const listed = async () => (await tokensOf(context, 31338)).map(({ symbol }) => symbol);
	expect(await listed()).toEqual(['USDT']);
	const token = { tokenId: other.tokens[0]!.tokenId, token: other.tokens[0]!.address.toLowerCase() };
	await storeEscrowEvent(context, 31338, 100, 'OrdersPaused', { ...token, paused: true });
	expect(await listed()).toEqual([]);
	await storeEscrowEvent(context, 31338, 101, 'OrdersPaused', { ...token, paused: false });
	expect(await listed()).toEqual(['USDT']);
	await storeEscrowEvent(context, 31338, 102, 'TokenDelisted', token);
	expect(await listed()).toEqual([]);
	await context.models.chainEvents.deleteMany({ chainId: 31338, logIndex: { $gte: 100 } });
});
