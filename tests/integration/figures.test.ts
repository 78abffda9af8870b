// What the first page says of this market's arbitrators.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFigures } from '#lib/server/services/figures.ts';
import { aChain } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';

let support: TestContext;
beforeAll(async () => {
	support = await testContext([aChain(31337, [{ symbol: 'USDT', decimals: 6 }])]);
});
afterAll(() => support?.close());

test('whoever can be drawn counts once, and half of the first rulings came sooner than the median', async () => {
	const { context } = support;
	expect(await readFigures(context)).toMatchObject({ arbitrators: 0, medianRuling: null });

	const { arbitrators, cases } = context.models;
	await arbitrators.collection.insertMany(
		[
			['1:a', 'a', 'Active'],
			['2:a', 'a', 'Active'],
			['1:b', 'b', 'Active'],
			['1:c', 'c', 'Exiting']
		].map(([_id, wallet, status]) => ({ _id, wallet, status })) as never
	);
	const openedAt = new Date('2026-11-01T00:00:00Z');
	const after = (hours: number) => new Date(openedAt.getTime() + hours * 3_600_000);
	// The second arbitrator of the last one ruled; of the first nobody did yet.
	const ruled = [[null], [after(30)], [after(90)], [null, after(40)]];
	await cases.collection.insertMany(
		ruled.map((times, index) => ({
			_id: `1:${index}`,
			openedAt,
			arbitrators: times.map((ruledAt) => ({ ruledAt }))
		})) as never
	);
	expect(await readFigures(context)).toMatchObject({ arbitrators: 2, medianRuling: 40 * 3_600_000, disputed: 4 });

	const ends = [
		['Finalised', false],
		['Finalised', true],
		['Finalised', false],
		['Closed', false]
	];
	await cases.collection.insertMany(
		ends.map(([status, overturned], index) => ({ _id: `2:${index}`, status, overturned })) as never
	);
	expect(await readFigures(context)).toMatchObject({ rulings: { final: 3, upheld: 2 }, orders: 0, disputed: 8 });
});
