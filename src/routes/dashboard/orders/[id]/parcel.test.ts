import { describe, expect, it } from 'vitest';
import { linesOf, missingIn, noAddress, trackingUrl, typedFrom } from './parcel.ts';

const typed = { ...noAddress, name: 'Ada  Byron ', street: '12 Harbour Lane', town: 'Zürich', country: 'Switzerland' };

describe('an address', () => {
	it('is written as the lines of a label', () => {
		expect(linesOf({ ...typed, postcode: '8001', more: 'c/o Babbage' })).toEqual([
			...['Ada Byron', '12 Harbour Lane', 'c/o Babbage', '8001 Zürich', 'Switzerland']
		]);
		expect(linesOf(typed)).toEqual(['Ada Byron', '12 Harbour Lane', 'Zürich', 'Switzerland']);
	});

	it.each([
		['8001', 'Zürich'],
		['SW1A 1AA', 'London'],
		['', 'Hong Kong'],
		['1234 AB', 'Amsterdam'],
		['D-10115', 'Berlin']
	])('with %s %s is taken apart and is the same again', (postcode, town) => {
		const lines = linesOf({ ...typed, postcode, town, more: 'Floor 3' });
		expect(linesOf(typedFrom(lines))).toEqual(lines);
		expect(typedFrom(lines)).toMatchObject({ street: '12 Harbour Lane', more: 'Floor 3', country: 'Switzerland' });
	});

	it('of another client, with fewer lines, loses none of them', () => {
		for (const lines of [['PO Box 7'], ['Ada', 'Zürich'], ['Ada', 'Lane 1', 'Malta']])
			expect(linesOf(typedFrom(lines))).toEqual(lines);
	});

	it('names what is missing', () => {
		expect(missingIn({ ...typed, street: ' ' })).toEqual(['street']);
		expect(missingIn(typed)).toEqual([]);
	});
});

describe('a link to a parcel', () => {
	it('is https, and says where it leads', () => {
		expect(trackingUrl(' https://post.example/track?id=1 ')).toBe('https://post.example/track?id=1');
		for (const bad of ['', 'post.example', 'http://post.example', 'javascript:alert(1)', 'https://dhl.de@evil.example'])
			expect(trackingUrl(bad), bad).toBeNull();
	});
});
