import { expect, test } from 'vitest';
import { listingNow } from './listing-now.ts';

const picture = { src: 'bafy1', alt: 'A lamp', width: 4, height: 3 };
const listing = { id: 'one', title: 'Lamp', image: picture, status: 'listed' as const };
type Row = Parameters<typeof listingNow>[1];
const row = (changes: object = {}) =>
	({ _id: 'one', title: 'Lamp', images: [{ ...picture }], status: 'listed', ...changes }) as unknown as Row;

test('nothing of it is another: it is the same object', () => {
	expect(listingNow(listing, row())).toBe(listing);
	expect(listingNow(listing, undefined)).toBe(listing);
	const bare = { ...listing, image: null };
	expect(listingNow(bare, row({ images: [] }))).toBe(bare);
});

test.each([
	['title', { title: 'Brass lamp' }, { title: 'Brass lamp' }],
	['status', { status: 'paused' }, { status: 'paused' }],
	['picture', { images: [{ ...picture, src: 'bafy2' }] }, { image: { ...picture, src: 'bafy2' } }],
	['picture’s words', { images: [{ ...picture, alt: 'Lit' }] }, { image: { ...picture, alt: 'Lit' } }],
	['picture, gone', { images: [] }, { image: null }]
])('another %s is shown', (_, changes, shown) => {
	expect(listingNow(listing, row(changes))).toEqual({ ...listing, ...shown });
});
