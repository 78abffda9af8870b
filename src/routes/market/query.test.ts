import { describe, expect, test } from 'vitest';
import { addressOf, addressWith, addressWithout } from './address.ts';
import { queryOf, searchOf } from './query.ts';

const textOf = (q: string) => queryOf(new URLSearchParams({ q })).text;

describe('the text of an address', () => {
	test('is as long as a title may be, and what is longer is cut', () => {
		const title = `${'Brass lamp, '.repeat(9)}with a shade`;
		expect(title).toHaveLength(120);
		expect(textOf(title)).toBe(title);
		expect(textOf(`${title} and more`)).toBe(title);
		expect(textOf(`${'x'.repeat(119)}💡`)).toBe('x'.repeat(119));
		expect(textOf(`  ${'a '.repeat(500)}`)).toHaveLength(119);
	});

	test('loses what no title has, and is searched for all the same', () => {
		expect(textOf('brass\u202e\u0000 \n lamp')).toBe('brass lamp');
		expect(textOf('\u202e')).toBe('');
	});

	test('is kept beside a part that is no filter', () => {
		const params = new URLSearchParams({ q: 'lamp', rating: '2', min: 'cheap' });
		expect(queryOf(params)).toEqual(queryOf(new URLSearchParams({ q: 'lamp' })));
	});
});

test('a value is taken away however the address spells it', () => {
	const url = new URL('https://market.example/market?q=+Brass++lamp&kind=digital&kind=service&sort=newest');
	expect(addressWithout(url, { param: 'q', value: 'Brass lamp' })).toBe(
		'/market?kind=digital&kind=service&sort=newest'
	);
	expect(addressWithout(url, { param: 'kind', value: 'digital' })).toBe(
		'/market?q=+Brass++lamp&kind=service&sort=newest'
	);
});

test('what a form without script leaves in an address goes on nowhere', () => {
	const url = new URL('https://market.example/market?/save&kind=digital');
	expect(addressWith(url, { sort: 'rating' })).toBe('/market?kind=digital&sort=rating');
	expect(addressWithout(url, { param: 'kind', value: 'digital' })).toBe('/market');
});

test('the address of a search asks for the same', () => {
	const search = searchOf(queryOf(new URLSearchParams('q=lamp&kind=digital&kind=digital&token=DAI&stock=1&max=20')));
	expect(searchOf(queryOf(new URL(addressOf(search), 'https://market.example').searchParams))).toEqual(search);
});
