// Many licence keys at once. What one is, and what is refused: goods.test.ts.
import { expect, it } from 'vitest';
import { seeded } from '#tests/support/people.ts';
import { licencesLimit } from '#lib/domain/goods.ts';
import { createLicenceList, licenceFor, licenceRoot, licencesFor, requireLicence } from './licence.ts';

const random = seeded('licences');
const listOf = (count: number) =>
	createLicenceList(
		Array.from({ length: count }, (_, at) => `KEY-${at}`),
		random
	);

it('prove what each does alone, from any place on', async () => {
	const list = listOf(21);
	const root = await licenceRoot(list);
	const some = await licencesFor(list, 4, 17);
	expect(some).toEqual(await Promise.all(some.map((_, at) => licenceFor(list, 4 + at))));
	for (const body of some) await requireLicence(body, root);
	expect(await licencesFor(list, 21, 0)).toEqual([]);
	await expect(licencesFor(list, 4, 18)).rejects.toThrow(RangeError);
	await expect(licencesFor(list, -1, 1)).rejects.toThrow(RangeError);
});

// A tree a key would be two hundred million digests.
it('cost one tree for all of the longest list', { timeout: 60_000 }, async () => {
	const list = listOf(licencesLimit);
	const all = await licencesFor(list, 0, licencesLimit);
	const root = await licenceRoot(list);
	for (const at of [0, 1, 8_191, 8_192, licencesLimit - 1]) await requireLicence(all[at] as (typeof all)[number], root);
});
