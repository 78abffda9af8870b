// The loser appeals, and three others vote on the ruling.
import { expect } from '../fixtures.ts';
import { act, expectAudited } from '../story.ts';
import { rule, vote } from './bench.ts';
import { keeperPatience, test } from './court.ts';
import { dispute, disputed, expectDecided, paidOrder, type Sides } from './sides.ts';

test.setTimeout(180_000);

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
