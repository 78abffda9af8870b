import { describe, expect, test } from 'vitest';
import {
	canDo,
	draftInput,
	hashProduct,
	listing,
	offerFor,
	priceKey,
	productStatuses,
	publishInput,
	slugOf,
	type Listing,
	type Price,
	type ProductContent,
	type ProductAction,
	type ProductStatus
} from './product.ts';

const price: Price = {
	chainId: 31337,
	token: '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512',
	unitPrice: '140000000',
	shippingCost: '9500000',
	region: 'Europe'
};
const lamp: Listing = {
	title: 'Desk lamp, brass shade, rewired',
	summary: '',
	description: 'Brass desk lamp from about 1950. Rewired with a cloth cable.',
	category: 'home',
	kind: 'physical',
	tags: ['lamp'],
	images: [{ src: '/pictures.svg#lamp', alt: 'The whole lamp' }],
	prices: [price],
	stock: 1,
	confirmHours: 24,
	releaseHours: 72,
	visibility: 'public',
	goods: null
};

const download = { kind: 'digital', prices: [{ ...price, region: '', shippingCost: '0' }] } as const;

test('a draft may be empty, and what is typed comes out normalised', () => {
	expect(draftInput.parse({})).toMatchObject({
		title: '',
		kind: 'physical',
		prices: [],
		stock: null,
		confirmHours: 24
	});
	const typed = draftInput.parse({
		title: '  Cafe\u0301   lamp ',
		description: 'one\r\ntwo  ',
		prices: [{ ...price, token: '0xE7F1725E7734CE288F8367E1BB143E90BB3F0512' }]
	});
	expect(typed.title).toBe('Café lamp');
	expect(typed.description).toBe('one\ntwo');
	expect(typed.prices[0]?.token).toBe(price.token);
});

describe('a listing', () => {
	const refusals = (change: Partial<Record<keyof Listing, unknown>>) => {
		const result = listing.safeParse({ ...lamp, ...change });
		return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
	};

	test('that is complete is taken', () => {
		expect(refusals({})).toEqual([]);
		const elsewhere = { ...price, region: 'Worldwide', shippingCost: '25000000' };
		expect(refusals({ prices: [price, elsewhere, { ...price, chainId: 31338 }] })).toEqual([]);
		expect(refusals({ ...download, stock: null })).toEqual([]);
		expect(refusals({ ...download, stock: null, goods: { kind: 'files', units: null } })).toEqual([]);
		expect(refusals({ ...download, stock: 3, goods: { kind: 'licences', units: 3 } })).toEqual([]);
	});

	test.each<[problem: string, change: Partial<Record<keyof Listing, unknown>>]>([
		['title: too-short', { title: ' a ' }],
		['title: too-long', { title: 'x'.repeat(121) }],
		['title: control-characters', { title: 'Lamp\u202egnp.exe' }],
		['description: too-short', { description: 'lamp' }],
		['description: control-characters', { description: 'A lamp with a bell\u0007 in it' }],
		['prices: no-price', { prices: [] }],
		['prices.0.unitPrice: zero', { prices: [{ ...price, unitPrice: '0' }] }],
		['prices.0.unitPrice: amount', { prices: [{ ...price, unitPrice: '1.5' }] }],
		['prices.0.unitPrice: amount', { prices: [{ ...price, unitPrice: '-1' }] }],
		['prices.0.unitPrice: amount', { prices: [{ ...price, unitPrice: '007' }] }],
		['prices.0.unitPrice: too-big', { prices: [{ ...price, unitPrice: (2n ** 96n).toString() }] }],
		['prices.0.token: address', { prices: [{ ...price, token: '0x12' }] }],
		['prices.0.token: checksum', { prices: [{ ...price, token: '0xE7f1725E7734CE288F8367e1Bb143E90bb3F0512' }] }],
		['prices.0.region: no-region', { prices: [{ ...price, region: ' ' }] }],
		['kind: has-goods', { goods: { kind: 'files', units: null } }],
		['stock: too-few-licences', { ...download, stock: 4, goods: { kind: 'licences', units: 3 } }],
		['stock: too-few-licences', { ...download, stock: null, goods: { kind: 'licences', units: 3 } }],
		['stock: too-few-licences', { ...download, stock: 0, goods: { kind: 'licences', units: -1 } }],
		['prices.0.region: nothing-is-posted', { kind: 'digital', prices: [{ ...price, shippingCost: '0' }] }],
		['prices.0.shippingCost: nothing-is-posted', { kind: 'service', prices: [{ ...price, region: '' }] }],
		['prices.1.token: twice', { prices: [price, { ...price, unitPrice: '1', region: 'EUROPE' }] }],
		['images.0.src: image', { images: [{ src: 'https://elsewhere.example/track.gif', alt: '' }] }],
		['images.0.src: image', { images: [{ src: 'javascript:alert(1)', alt: '' }] }]
	])('is refused: %s', (problem, change) => {
		expect(refusals(change)).toEqual([problem]);
	});

	test.each<[field: string, change: object]>([
		['stock', { stock: -1 }],
		['stock', { stock: 1.5 }],
		['confirmHours', { confirmHours: 23 }],
		['releaseHours', { releaseHours: 1441 }],
		['category', { category: 'weapons' }],
		['kind', { kind: 'promise' }],
		['visibility', { visibility: 'secret' }]
	])('is refused for its %s: %j', (field, change) => {
		expect(listing.safeParse({ ...lamp, ...change }).error?.issues.map(({ path }) => path[0])).toEqual([field]);
	});
});

test('fields that nobody knows are refused, not dropped', () => {
	expect(draftInput.safeParse({ title: 'x', seller: price.token }).success).toBe(false);
	expect(draftInput.safeParse({ prices: [{ ...price, discount: 1 }] }).success).toBe(false);
	expect(publishInput.safeParse({ id: 'not an id', offers: [] }).success).toBe(false);
});

test('which status allows what', () => {
	const allowed: Record<ProductAction, ProductStatus[]> = {
		edit: ['draft', 'paused'],
		publish: ['draft'],
		pause: ['listed'],
		resume: ['paused'],
		archive: ['draft', 'listed', 'paused']
	};
	for (const action of Object.keys(allowed) as ProductAction[])
		expect(productStatuses.filter((status) => canDo(action, status))).toEqual(allowed[action]);
});

test('the product hash commits to each word and picture, and to the salt', () => {
	const salt = `0x${'11'.repeat(32)}` as const;
	const goods = { kind: 'files', root: `0x${'ab'.repeat(32)}` } as const;
	const content: ProductContent = { ...lamp, goods: null };
	const hash = hashProduct(content, salt);
	const changes: Partial<ProductContent>[] = [
		{ kind: 'service' },
		{ title: 'Desk lamp' },
		{ summary: '.' },
		{ description: `${lamp.description} ` },
		{ images: [] },
		{ images: [{ src: '/pictures.svg#lamp', alt: '' }] },
		{ goods },
		{ goods: { ...goods, kind: 'licences' } },
		{ goods: { ...goods, root: `0x${'ac'.repeat(32)}` } }
	];
	const hashes = changes.map((change) => hashProduct({ ...content, ...change }, salt));
	expect(new Set([hash, ...hashes, hashProduct(content, `0x${'12'.repeat(32)}`)]).size).toBe(changes.length + 2);
	// What no buyer relies on may change.
	const restocked: Listing = { ...lamp, tags: [], stock: 5 };
	expect(hashProduct({ ...restocked, goods: null }, salt)).toBe(hash);
	const counted = { ...goods, count: 3, size: 12 };
	expect(hashProduct({ ...content, goods: counted }, salt)).toBe(hashProduct({ ...content, goods }, salt));

	// Orders name these for ever.
	expect(hash).toBe('0x469b7a01b48c26f53631ba129844a94b683a1d66941cb40c2b3c858890c5f65d');
	expect(hashProduct({ ...content, kind: 'digital', goods }, salt)).toBe(
		'0xb4d5d81621191333f87b2e6aae0bf22f53f95c4df2edafcb96f2baae04e47069'
	);
});

test('an offer says what the listing says', () => {
	const product = {
		id: '0123456789abcdef0123456789abcdef',
		seller: '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
		productHash: `0x${'ab'.repeat(32)}`,
		confirmHours: 24,
		releaseHours: 72
	} as const;
	expect(offerFor(product, price, '0x5fbdb2315678afecb367f032d93f642f64180aa3')).toEqual({
		...price,
		escrow: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
		seller: product.seller,
		productHash: product.productHash,
		confirmHours: 24,
		releaseHours: 72,
		listingId: product.id
	});
});

test('prices of one token, chain and region are one, however the region is written', () => {
	expect(priceKey({ ...price, region: 'EUROPE' })).toBe(priceKey(price));
	expect(priceKey({ ...price, region: '' })).not.toBe(priceKey(price));
});

test.each([
	['Desk lamp, brass shade, rewired', 'desk-lamp-brass-shade-rewired'],
	['  Überraschung № 5!  ', 'uberraschung-no-5'],
	['手工茶壶 300 ml', '手工茶壶-300-ml'],
	['!!!', 'listing'],
	['a'.repeat(80), 'a'.repeat(60)],
	[`${'a'.repeat(59)} bcd`, 'a'.repeat(59)]
])('the slug of “%s” is %s', (title, slug) => {
	expect(slugOf(title)).toBe(slug);
});
