// A purchase and its dispute with nothing but keys, from connecting the wallet on: the buyer pays and claims, and whoever
// was drawn judges.
import { expect, type Person } from '../fixtures.ts';
import { byKeyboard, watchForMouse } from '../hands.ts';
import { expectAudited } from '../story.ts';
import { atBench, ruleAt } from './bench.ts';
import { test } from './court.ts';
import { claim, expectDecided, paidOrder } from './sides.ts';

test('a purchase, a claim and a ruling', async ({ person, node }) => {
	test.setTimeout(240_000);
	const watched: (readonly string[])[] = [];
	const byKeys = async (name: 'buyer' | 'seller' | 'localhost'): Promise<Person> => {
		const somebody = await person(name);
		if (name !== 'seller') watched.push(await watchForMouse(somebody.context));
		return somebody;
	};
	const sides = await paidOrder(
		{ person: byKeys, node },
		{ title: 'Stiff keys', price: '100', buyerHands: byKeyboard }
	);
	const { court, buyer, caseId, expectGains } = sides;
	await claim(buyer, 'Half of the keys do not go down at all.', byKeyboard);

	const arbitrator = await court.drawn(caseId);
	const bench = await atBench({ person: byKeys, node }, sides, arbitrator, byKeyboard);
	await court.pass(24);
	await expect(bench.page.getByRole('button', { name: 'Rule', exact: true })).toBeEnabled();
	await ruleAt(bench, 'buyer', 'A typewriter has to type, and this one does not.', byKeyboard);
	await expectDecided(sides, 'buyer', 48);
	expect(watched).toEqual([[], []]);
	await expectGains({ buyer: '-5', [arbitrator.name]: '5' });
	await expectAudited(node);
});
