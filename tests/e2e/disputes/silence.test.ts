// One of those who decide stays silent, alone or on a panel.
import { expect, expectAccessible } from '../fixtures.ts';
import { act, expectAudited } from '../story.ts';
import { atBench, vote } from './bench.ts';
import { courtOfItsOwn } from './court.ts';
import { appealed, expectSaid, nameOf, openReputations } from './panels.ts';
import { dispute, disputed, expectDecided, paidOrder, ruled } from './sides.ts';

const test = courtOfItsOwn();

// One after the other: each leaves somebody whom hardly a draw finds any more.
test.describe.configure({ mode: 'default' });
test.setTimeout(240_000);

test('one vote for each side, and the third stays away: the ruling stands', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Two minds', price: '100' });
	const { court, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await ruled(sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [against, withIt, away] = panel;
	await vote({ person, node }, sides, panel, ['seller', 'buyer', null]);
	await expectDecided(sides, 'buyer', 24);
	await expectAccessible(sides.buyer.page);
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

test('one of the panel steps aside, one stays away: the vote that is left overturns nothing', async ({
	person,
	node
}) => {
	const sides = await paidOrder({ person, node }, { title: 'Lone voice', price: '100' });
	const { court, seller, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await ruled(sides, first, 'buyer');
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

test('an arbitrator stays silent, loses a part of the stake, and another rules', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Silent film', price: '100' });
	const { court, buyer, caseId, expectGains } = sides;
	const silent = await disputed(node, sides);
	await expect(dispute(buyer.page)).toContainText('decides.');
	const before = await court.reputation(silent);
	await court.pass(72);
	const second = await court.drawn(caseId, silent);
	expect(await court.reputation(silent)).toBe(before - 10);
	await expect(dispute(buyer.page)).toContainText(nameOf(second));
	await expectAccessible(buyer.page);
	await ruled(sides, second, 'seller');
	await expectDecided(sides, 'seller', 48);
	await expectGains({ buyer: '-105', seller: '100', [silent.name]: '-50', [second.name]: '55' });
	await expectAudited(node);
});
