// What is typed wrongly is marked, and stays as it was saved: a slip deletes nothing.
import { describe, expect, it } from 'vitest';
import type { PublicChain } from '#lib/chain/chains.ts';
import { draftOf, listingProblems, wordsOf, type Stored } from './form.ts';
import { untyped, type Typed } from './typed.ts';

const [dollar, euro] = [`0x${'a1'.repeat(20)}`, `0x${'b2'.repeat(20)}`] as const;
const chains = [
	{ chainId: 1, tokens: [dollar, euro].map((address) => ({ address, decimals: 6 })) }
] as unknown as PublicChain[];
const price = (token: `0x${string}`, unitPrice: string, region = '', shippingCost = '0') => ({
	...{ chainId: 1, token, unitPrice, region, shippingCost }
});
const row = (token: string, amount: string, region = '', shipping = '') => ({
	...{ way: `1:${token}`, amount, region, shipping }
});
const stored: Stored = {
	...{ title: 'A stool', summary: 'Of walnut', description: 'It stands.', tags: ['one', 'two'] },
	images: [{ src: 'bafkreigh2akiscaildc', alt: 'From the side' }],
	stock: 7,
	prices: [price(dollar, '5000000', 'DE', '1000000'), price(euro, '4000000', 'DE')]
};
const typed = (change: Partial<Typed>): Typed => ({
	...untyped(`1:${dollar}`),
	...{ title: 'A chair', summary: 'Of oak', description: 'It stands too.', tags: 'three', stock: '3' },
	prices: [row(dollar, '6', 'DE', '1'), row(euro, '5', 'DE')],
	...change
});

describe('a field with a problem', () => {
	const changes: [string, Partial<Typed>, Partial<Stored>][] = [
		['title', { title: 'A\u202Echair' }, { title: stored.title }],
		['description', { description: 'x'.repeat(20_001) }, { description: stored.description }],
		['tags', { tags: `one, ${'x'.repeat(33)}` }, { tags: stored.tags }],
		['tags', { tags: Array.from({ length: 13 }, (_, n) => `tag ${n}`).join() }, { tags: stored.tags }],
		['stock', { stock: '2x' }, { stock: 7 }],
		['stock', { stock: '1.5' }, { stock: 7 }],
		['stock', { stock: '9999999' }, { stock: 7 }],
		['images', { images: [{ src: 'https://elsewhere.example/a.png', alt: '' }] }, { images: stored.images }]
	];
	it.each(changes)('%s stays as it is stored, and the others are saved', (field, change, kept) => {
		const { draft, problems } = draftOf(typed(change), chains, stored);
		const whole = draftOf(typed({}), chains, stored);
		expect(whole.problems).toEqual({});
		expect(Object.keys(problems)).toEqual([field]);
		expect(draft).toEqual({ ...whole.draft, ...kept });
	});

	it('is one unit of a new draft, and not any number of them', () => {
		expect(draftOf(typed({ stock: 'two' }), chains).draft.stock).toBe(1);
		expect(draftOf(typed({ stock: ' ' }), chains).draft.stock).toBeNull();
	});

	it('stays as it was sealed too', () => {
		const { words, problems } = wordsOf(typed({ tags: 'x'.repeat(33) }), stored);
		expect(words).toEqual({ title: 'A chair', summary: 'Of oak', description: 'It stands too.', tags: ['one', 'two'] });
		expect(problems).toEqual({ tags: 'tags' });
	});
});

describe('a price with a problem', () => {
	it('keeps the stored amount, and takes what else was typed', () => {
		const { draft, problems } = draftOf(
			typed({ prices: [row(dollar, '12,5', 'FR', '2'), row(euro, '5', 'DE', '-1')] }),
			chains,
			stored
		);
		expect(draft.prices).toEqual([price(dollar, '5000000', 'FR', '2000000'), price(euro, '5000000', 'DE')]);
		expect(problems).toEqual({ 'price.0.amount': 'amount', 'price.1.shipping': 'amount' });
	});

	it('is found again where rows were taken away or moved, and a new one waits', () => {
		const rows = [
			row(euro, '4,5', 'DE'),
			row(dollar, '6', 'FR', '1'),
			row(dollar, 'ten', 'DE', '1'),
			row(euro, 'x', 'FR')
		];
		const { draft, rows: at, problems } = draftOf(typed({ prices: rows }), chains, stored);
		expect(draft.prices).toEqual([
			...[price(euro, '4000000', 'DE'), price(dollar, '6000000', 'FR', '1000000')],
			price(dollar, '5000000', 'DE', '1000000')
		]);
		expect(at).toEqual([0, 1, 2]);
		expect(Object.keys(problems)).toEqual(['price.0.amount', 'price.2.amount', 'price.3.amount']);
	});

	it('is one that no order could hold, and one of a token that the node no longer takes', () => {
		const gone = `0x${'c3'.repeat(20)}` as const;
		const rows = [row(dollar, '9'.repeat(30), 'DE'), row(gone, '8', 'DE')];
		const before = { ...stored, prices: [...stored.prices, price(gone, '3000000', 'DE')] };
		const { draft, problems } = draftOf(typed({ prices: rows }), chains, before);
		expect(draft.prices).toEqual([price(dollar, '5000000', 'DE'), price(gone, '3000000', 'DE')]);
		expect(problems).toEqual({ 'price.0.amount': 'amount', 'price.1.way': 'wrong' });
	});

	it('does not move the problems of those after it to other rows', () => {
		const { draft, rows } = draftOf(typed({ prices: [row(dollar, 'x', 'DE'), row(euro, '0', 'DE')] }), chains);
		expect(listingProblems(draft, rows, null)).toEqual({ 'price.1.amount': 'zero' });
	});
});
