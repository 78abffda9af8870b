// The market's second visitor got an error: what was remembered was a query of Mongoose, which runs once, and not its result.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countProducts } from '#lib/server/services/figures.ts';
import { rememberListings } from '#lib/server/services/listing-cache.ts';
import { listProducts } from '#lib/server/services/products.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeTokenEvents } from '#tests/support/market.ts';

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
let support: TestContext;
beforeAll(async () => {
	support = await testContext([chain]);
	await storeTokenEvents(support.context, chain);
});
afterAll(() => support?.close());

test('the market and its count are the same for each visitor, one after the other and at once', async () => {
	const { context } = support;
	const tell = rememberListings(context);
	const look = async () => [(await listProducts(context, {})).items.length, await countProducts(context, {})];
	expect(await look()).toEqual([0, 0]);
	expect(await look()).toEqual([0, 0]);

	await aListedProduct(context, demoAccount('seller'));
	tell(['products']);
	expect(await Promise.all([look(), look(), look()])).toEqual([
		[1, 1],
		[1, 1],
		[1, 1]
	]);
});
