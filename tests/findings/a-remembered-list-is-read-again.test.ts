// The market's second visitor got an error: what was remembered was a query of Mongoose, which runs once, and not its result.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFigures } from '#lib/server/services/figures.ts';
import { keepMarket, searchMarket } from '#lib/server/services/market.ts';
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
	const tell = keepMarket(context);
	const look = async () => [(await searchMarket(context, {})).items.length, (await readFigures(context)).listings];
	expect(await look()).toEqual([0, 0]);
	expect(await look()).toEqual([0, 0]);

	const { id } = await aListedProduct(context, demoAccount('seller'));
	tell([{ collection: 'products', id, before: null, after: null }]);
	expect(await Promise.all([look(), look(), look()])).toEqual([
		[1, 1],
		[1, 1],
		[1, 1]
	]);
});
