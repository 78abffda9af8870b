import { expect, test } from 'vitest';
import { newListings } from './new-listings.ts';

const rowOf = (latest: number[], total = latest.length) => ({ _id: 'market' as const, total, latest });
const times = (count: number, from: number) => Array.from({ length: count }, (_, index) => from - index);

test.each([
	['nothing before it is told', null, ''],
	['nothing where nothing is new', rowOf([5, 4], 9), ''],
	['one', rowOf([6, 5], 9), 'One new listing: show it'],
	['as many as came', rowOf([8, 7, 5], 9), '2 new listings: show them'],
	['that there may be more than it was told of', rowOf(times(24, 100), 30), '24 or more new listings: show them'],
	['how many it is where that is all there are', rowOf(times(24, 100)), '24 new listings: show them']
])('it says %s', (_, row, says) => {
	expect(newListings(row, 5)).toBe(says);
});
