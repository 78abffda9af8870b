import { beforeEach, expect, test } from 'vitest';
import type { Context } from '#lib/server/context.ts';
import { readListing, rememberListings } from './listing-cache.ts';

let context: Context;
let reads: number;
const read = async () => ++reads;
beforeEach(() => {
	reads = 0;
	context = { db: {} } as Context; // only its identity counts
});

test('without news of changes everything is read', async () => {
	expect([await readListing(context, 'a', read), await readListing(context, 'a', read)]).toEqual([1, 2]);
});

test('what was read is kept, by its key, until something that lists show changes', async () => {
	const tell = rememberListings(context);
	expect(await readListing(context, 'a', read)).toBe(1);
	expect(await readListing(context, 'a', read)).toBe(1);
	expect(await readListing(context, 'b', read)).toBe(2);
	tell(['sessions', 'chainCursors']);
	expect(await readListing(context, 'a', read)).toBe(1);
	for (const changed of [['products'], ['pendingActions', 'orders'], ['reservations'], ['users'], null]) {
		const before = reads;
		tell(changed);
		expect(await readListing(context, 'a', read)).toBe(before + 1);
	}
});

test('who asks at once shares one reading', async () => {
	rememberListings(context);
	expect(await Promise.all([1, 2, 3].map(() => readListing(context, 'a', read)))).toEqual([1, 1, 1]);
});

test('what was being read when something changed is given to who asked before, and to nobody after', async () => {
	const tell = rememberListings(context);
	const gate = Promise.withResolvers<string>();
	const before = readListing(context, 'a', () => gate.promise);
	tell(['products']);
	const after = readListing(context, 'a', async () => 'new');
	gate.resolve('old');
	expect(await before).toBe('old');
	expect(await after).toBe('new');
	expect(await readListing(context, 'a', async () => 'newer')).toBe('new');
});

test('a failure is not kept, and takes nothing newer away', async () => {
	const tell = rememberListings(context);
	await expect(readListing(context, 'a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
	expect(await readListing(context, 'a', read)).toBe(1);

	tell(null);
	const gate = Promise.withResolvers<number>();
	const failing = readListing(context, 'a', () => gate.promise);
	tell(null);
	expect(await readListing(context, 'a', read)).toBe(2);
	gate.reject(new Error('late'));
	await expect(failing).rejects.toThrow('late');
	expect(await readListing(context, 'a', read)).toBe(2);
});
