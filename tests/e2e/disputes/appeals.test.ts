// The loser says why the ruling is wrong and appeals, and three others vote on it.
import { expect, expectAccessible } from '../fixtures.ts';
import { expectAudited, makeKeys } from '../story.ts';
import { rule, vote } from './bench.ts';
import { keeperPatience, test, type Court } from './court.ts';
import { appealed, expectSaid, nameOf, openReputations } from './panels.ts';
import {
	afterRuling,
	dealWithAll,
	dispute,
	disputed,
	expectDecided,
	paidOrder,
	ruled,
	writeGrounds,
	type Side
} from './sides.ts';

test.setTimeout(240_000);

test('a panel reads why, and upholds the ruling', async ({ person, node }) => {
	// A price whose fee three people cannot share evenly.
	const sides = await paidOrder({ person, node }, { title: 'Clear matter', price: '100.01' });
	const { court, buyer, seller, order, caseId, expectGains } = sides;
	const first = await disputed(node, sides);
	await rule({ person, node }, sides, first, 'buyer');
	const before = await court.reputation(first);

	const [go, grounds] = [{ name: 'Appeal, with 15.0015 USDT' }, 'The parcel was signed for, as the letter shows.'];
	const dialog = await writeGrounds(sides, '15.0015 USDT', 'Wrong.');
	await dialog.getByRole('button', go).click();
	const field = dialog.getByRole('textbox', { name: /^Your grounds/ });
	await expect(field).toHaveAccessibleDescription(/Say in a sentence or two why it is wrong/);
	await expectAccessible(seller.page);
	await field.fill(grounds);
	await seller.page.keyboard.press('Escape');
	await seller.page.mouse.click(5, 5);
	await expect(field).toHaveValue(grounds);

	// What does not get there leaves no appeal, and no word is lost.
	const asked = () => seller.wallet.asked.filter((method) => method === 'eth_sendTransaction').length;
	const sent = asked();
	const full = { status: 409, json: { code: 'quota-exceeded', of: 'wallet' } };
	await seller.page.route('**/api/v1/uploads', (route) => route.fulfill(full));
	await dialog.getByRole('button', go).click();
	const recovery = await makeKeys(seller.page);
	await expect(dialog.getByRole('alert')).toContainText('room');
	await seller.page.unroute('**/api/v1/uploads');
	await seller.page.route('**/api/v1/evidence', (route) => route.abort());
	await dialog.getByRole('button', go).click();
	await expect(dialog.getByRole('alert')).toContainText('This site does not answer');
	await expect(field).toHaveValue(grounds);
	expect(asked()).toBe(sent);
	await seller.page.unroute('**/api/v1/evidence');

	// Refused in the wallet after the stamp: the words are there already, and only the rest is asked for.
	seller.wallet.setPolicy((method) =>
		method === 'eth_sendTransaction' && asked() === sent + 3 ? 'refuse' : 'approve'
	);
	await dialog.getByRole('button', go).click();
	await expect(dialog).toContainText('You said no in your wallet', { timeout: 30_000 });
	await expect(dialog).toContainText('Nothing has to be written again');
	await expectAccessible(seller.page);

	// Where the keys are not open any more, they are asked for before anything is written a second time.
	await seller.page.goto('/settings');
	await seller.page.getByText('If something is wrong').click();
	await seller.page.getByRole('button', { name: 'Take the keys out of this browser' }).click();
	await expect(seller.page.getByRole('button', { name: 'Open my keys' })).toBeVisible();
	await seller.page.goto(order);
	await dispute(seller.page).getByRole('button', go).click();
	await expect(dialog).toContainText('the grounds may be in it');
	await expect(dialog.getByRole('button', go)).toBeDisabled();
	await expectAccessible(seller.page);
	await dialog.getByRole('button', { name: 'Open my keys' }).click();
	const keys = seller.page.getByRole('dialog', { name: 'Open your messages' });
	await keys.getByRole('textbox', { name: 'Your twelve words' }).fill(recovery.join(' '));
	await keys.getByRole('button', { name: 'Open with the words' }).click();
	await expect(dialog).toContainText(grounds);
	await expect(field).toBeHidden();
	await expect(dialog.getByRole('button', { name: 'Write other grounds' })).toBeVisible();
	await dialog.getByRole('button', go).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	// The stamp, the allowance, the appeal twice.
	expect(asked()).toBe(sent + 4);

	const panel = await court.panel(caseId);
	await expect(dispute(seller.page)).toContainText('Three arbitrators vote', keeperPatience);
	await expect(afterRuling(seller.page)).toContainText(grounds);
	for (const { page } of [buyer, seller]) await expectAccessible(page);
	await vote({ person, node }, sides, panel, ['buyer', 'buyer', 'buyer'], grounds);
	await expectDecided(sides, 'buyer', 24);
	for (const { page } of [buyer, seller]) await expectAccessible(page);
	expect(await court.reputation(first)).toBe(before + 2);
	const [one = '', two = '', three = ''] = panel.map(({ name }) => name);
	const shares = { [one]: '1.666834', [two]: '1.666833', [three]: '1.666833' };
	await expectGains({ buyer: '5.0005', seller: '-15.0015', [first.name]: '5.0005', ...shares });
	await expect(dispute(buyer.page)).toContainText('It was decided for you.');
	// Everything that the chain said of it stands in one order: also what the pool alone tells.
	const line = buyer.page.getByRole('region', { name: 'What has happened' }).getByRole('listitem');
	await expect(line).toContainText([
		...['You paid', 'You opened a dispute', 'The case was bound to round', `Arbitrator ${nameOf(first)} was drawn`],
		...[`${nameOf(first)} ruled for you`, `${nameOf(seller)} appealed`, 'A panel of three was drawn'],
		...panel.map(() => 'voted, hidden'),
		...panel.map(() => 'voted for you'),
		'The dispute was decided for you'
	]);
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
	await ruled(sides, first, 'buyer');
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
