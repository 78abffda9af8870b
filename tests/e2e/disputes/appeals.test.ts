// The loser appeals, and three others vote on the ruling.
import { shortHex } from '#lib/ui/format.ts';
import { expect } from '../fixtures.ts';
import { act, expectAudited } from '../story.ts';
import { atBench, rule, vote } from './bench.ts';
import { keeperPatience, test, type Court } from './court.ts';
import {
	afterRuling,
	dealWithAll,
	dispute,
	disputed,
	expectDecided,
	paidOrder,
	type Side,
	type Sides
} from './sides.ts';

test.setTimeout(240_000);

/** The ruling goes to the buyer, and the seller asks for a panel. @param deposit as the page names it */
async function appealed(sides: Sides, deposit: string) {
	const { court, seller, order, caseId } = sides;
	await seller.page.goto(order);
	await act(seller, `Appeal, with ${deposit}`);
	const panel = await court.panel(caseId);
	await expect(dispute(seller.page)).toContainText('Three arbitrators vote', keeperPatience);
	return panel;
}

test('a panel upholds the ruling', async ({ person, node }) => {
	// A price whose fee three people cannot share evenly.
	const sides = await paidOrder({ person, node }, { title: 'Clear matter', price: '100.01' });
	const { court, buyer, expectGains } = sides;
	const first = await disputed(node, sides);
	await rule({ person, node }, sides, first, 'buyer');
	const before = await court.reputation(first);
	const panel = await appealed(sides, '15.0015 USDT');
	await vote({ person, node }, sides, panel, ['buyer', 'buyer', 'buyer']);
	await expectDecided(sides, 'buyer', 24);
	expect(await court.reputation(first)).toBe(before + 2);
	const [one = '', two = '', three = ''] = panel.map(({ name }) => name);
	const shares = { [one]: '1.666834', [two]: '1.666833', [three]: '1.666833' };
	await expectGains({ buyer: '5.0005', seller: '-15.0015', [first.name]: '5.0005', ...shares });
	await expect(dispute(buyer.page)).toContainText('It was decided for you.');
	await expectAudited(node);
});

test('a panel stays silent: the ruling stands, and each of the three pays', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Empty chairs', price: '100' });
	const { court, expectGains } = sides;
	const first = await disputed(node, sides);
	await rule({ person, node }, sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const before = await Promise.all(panel.map(court.reputation));
	await expectDecided(sides, 'buyer', 48 + 24);
	const after = await Promise.all(panel.map(court.reputation));
	expect(after).toEqual(before.map((points) => points - 10));
	const slashed = Object.fromEntries(panel.map(({ name }) => [name, '-50']));
	await expectGains({ buyer: '-5', [first.name]: '155', ...slashed });
	await expectAudited(node);
});

/** As a page names somebody without a name. */
const nameOf = ({ address }: { address: string }) => shortHex(address.toLowerCase());

/** What both pages say after the ruling: `{buyer}` and `{seller}` as each of the two reads it. */
async function expectSaid({ buyer, seller }: Sides, lines: readonly string[]): Promise<void> {
	for (const reader of [buyer, seller])
		for (const line of lines) {
			const named = (side: Side) => (side === reader ? 'you' : nameOf(side));
			const words = line.replace('{buyer}', named(buyer)).replace('{seller}', named(seller));
			await expect(afterRuling(reader.page)).toContainText(words);
		}
}

/** Compares what became of reputations since. */
async function openReputations(court: Court): Promise<(changes: Record<string, number>) => Promise<void>> {
	const read = () => Promise.all(court.arbitrators.map(court.reputation));
	const before = await read();
	return async (changes) => {
		const after = await read();
		const moved = court.arbitrators.map(({ name }, at) => [name, (after[at] ?? 0) - (before[at] ?? 0)] as const);
		expect(Object.fromEntries(moved.filter(([, change]) => change !== 0))).toEqual(changes);
	};
}

test('one vote for each side, and the third stays away: the ruling stands', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Two minds', price: '100' });
	const { court, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await rule({ person, node }, sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [against, withIt, away] = panel;
	await vote({ person, node }, sides, panel, ['seller', 'buyer', null]);
	await expectDecided(sides, 'buyer', 24);
	await expectSaid(sides, [
		`${nameOf(against)}: voted for {seller}`,
		`${nameOf(withIt)}: voted for {buyer}`,
		`${nameOf(away)}: showed no vote`,
		'No two votes went against the ruling: it stands.',
		`5.00 USDT to ${nameOf(first)}, the arbitration fee`,
		`50.00 USDT to ${nameOf(first)}, from the pool`,
		`5.00 USDT to ${nameOf(withIt)}, from the pool`,
		'10.00 USDT to {buyer}, from the pool'
	]);
	// Of the deposit of 15, five are the vote's that is the outcome and ten the winner's; who ruled gets what absence cost.
	await expectGains({ buyer: '5', seller: '-15', [first.name]: '55', [withIt.name]: '5', [away.name]: '-50' });
	await expectReputations({ [first.name]: 2, [withIt.name]: 2, [against.name]: -2, [away.name]: -10 });
	await expectAudited(node);
});

test('one of the panel had dealt with the seller and is taken off it: the two others overturn the ruling', async ({
	person,
	node
}) => {
	const before = async (court: Court, seller: Side) => {
		await dealWithAll(court, seller);
		await court.pass(24);
	};
	const sides = await paidOrder({ person, node }, { title: 'Old friends', price: '100', before });
	const { court, buyer, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await rule({ person, node }, sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [one, friend, three] = panel;
	const take = { name: `Take ${nameOf(friend)} off the case` };
	await dispute(buyer.page).getByRole('button', take).click();
	await buyer.page.getByRole('dialog').getByRole('button', take).click();
	await expect(dispute(buyer.page)).toContainText('Two arbitrators vote');
	await expect(dispute(buyer.page).getByRole('button', take)).toBeHidden();
	await vote({ person, node }, sides, panel, ['seller', null, 'seller']);
	await expectDecided(sides, 'seller', 24);
	await expectSaid(sides, [
		`${nameOf(one)}: voted for {seller}`,
		`${nameOf(friend)}: off the panel`,
		`${nameOf(three)}: voted for {seller}`,
		'Two votes went against the ruling: it was overturned.'
	]);
	// The appellant is whole: the fee, twice as much from the stake of who was wrong, and the deposit but for the panel's part.
	await expectGains({ buyer: '-105', seller: '110', [first.name]: '-10', [one.name]: '2.5', [three.name]: '2.5' });
	await expectReputations({ [first.name]: -5, [one.name]: 2, [three.name]: 2 });
	await expectAudited(node);
});

test('one of the panel steps aside, one stays away: the vote that is left overturns nothing', async ({
	person,
	node
}) => {
	const sides = await paidOrder({ person, node }, { title: 'Lone voice', price: '100' });
	const { court, seller, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await rule({ person, node }, sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [aside, alone, away] = panel;
	const bench = await atBench({ person, node }, sides, aside);
	await act(bench, 'Step aside');
	await expect(bench.page.getByText('You stepped aside from this case.')).toBeVisible();
	await expect(dispute(seller.page)).toContainText('Two arbitrators vote');
	await vote({ person, node }, sides, panel, [null, 'seller', null]);
	await expectDecided(sides, 'buyer', 24);
	await expectSaid(sides, [
		`${nameOf(aside)}: off the panel`,
		`${nameOf(alone)}: voted for {seller}`,
		`${nameOf(away)}: showed no vote`,
		'No two votes went against the ruling: it stands.',
		'15.00 USDT to {seller}, from the pool'
	]);
	// Nobody voted for the outcome: the deposit goes back, all of it.
	await expectGains({ buyer: '-5', [first.name]: '55', [away.name]: '-50' });
	await expectReputations({ [first.name]: 2, [alone.name]: -2, [away.name]: -10 });
	await expectAudited(node);
});
